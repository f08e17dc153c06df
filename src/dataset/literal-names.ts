import { APOSTROPHE, QUOTE } from '../bytes/ascii.js';
import type { LiteralType } from './literal-types.js';
import type { QuarantineReason } from './reason.js';

export const JSON_NAMES = new Map<string, LiteralType>([
  ['true', 'boolean'],
  ['false', 'boolean'],
  ['null', 'null'],
]);
export const PYTHON_NAMES = new Map<string, { json: string; type: LiteralType }>([
  ['True', { json: 'true', type: 'boolean' }],
  ['False', { json: 'false', type: 'boolean' }],
  ['None', { json: 'null', type: 'null' }],
]);

/** What a name stands for that is no literal: `next` is the code behind it, `called` whether () follows. */
export function unknownName(name: string, next: number, called: boolean): [QuarantineReason, string] {
  const quoted = next === QUOTE || next === APOSTROPHE;
  if (quoted && /^(?:b|rb|br)$/i.test(name)) return ['unrepresentable', 'bytes'];
  if (name === 'set' && called) return ['unrepresentable', 'a set'];
  return ['not-a-record', 'not a literal'];
}
