import type { QuarantineReason } from './reason.js';

export type LiteralType = 'string' | 'integer' | 'float' | 'boolean' | 'null' | 'dict' | 'list';

/** One top-level field, in the order of the source. */
export interface Field {
  readonly name: string;
  /** The value as minified JSON text: order of keys and spelling of numbers as in the source. */
  readonly json: string;
  readonly type: LiteralType;
  /** The decoded value of a string; empty for other types. */
  readonly text: string;
}

export type ScanResult =
  | { readonly ok: true; readonly fields: readonly Field[] }
  | {
      readonly ok: false;
      readonly reason: QuarantineReason;
      /** The rule and the position in characters. Never content. */
      readonly detail: string;
      /** What could be read all the same: empty unless the text is well-formed. */
      readonly fields: readonly Field[];
    };

export type Dialect = 'json' | 'python';

/** Ends the scan: this is no literal, or the scan cannot go on after it. */
export class Stop extends Error {
  constructor(
    readonly reason: QuarantineReason,
    message: string,
  ) {
    super(message);
  }
}
