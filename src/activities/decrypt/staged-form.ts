import type { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../bytes/ascii.js';
import type { Refusal } from './window.js';

/**
 * The two forms in which windows wait in staging between activities. Both begin each window with one JSON line.
 *
 * `context` marks a window that was carried before and only tells what the next one repeats.
 *
 * Decrypted: `{"raw","records":[[index,id,key,bytes],…],"refusals":[…]}`, then the plaintexts end to end (they may hold
 * anything, so they are counted, not quoted), then a newline.
 * Compacted: `{"raw","keys":[…],"entries":n,"refusals":[…]}`, then n lines `<hour> <segment entry>`.
 *
 * answer-opener.ts writes the first; compact-batch.ts reads it, and entry-table.ts writes and reads the second.
 */

export type StagedRefusal = Omit<Refusal, 'raw'>;

/** One answer of the decrypted form (staged-form.ts), the plaintexts still where they are staged. */
export interface PlainWindow {
  readonly raw: string;
  readonly context: boolean;
  readonly refusals: readonly StagedRefusal[];
  /** Index, id, key id, bytes of each plaintext; those stand end to end from `at` on. */
  readonly records: readonly (readonly [number, number, string, number])[];
  readonly at: number;
}

/** The windows of a batch in the decrypted form, in order. */
export function* readDecrypted(bytes: Buffer): Generator<PlainWindow> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const { raw, context, records, refusals } = JSON.parse(bytes.toString('utf8', at, end)) as {
      raw: string;
      context?: boolean;
      records: [number, number, string, number][];
      refusals: StagedRefusal[];
    };
    at = end + 1;
    yield { raw, context: context === true, records, refusals, at };
    for (const [, , , size] of records) at += size;
    at += 1;
  }
}
