import type { BatchAnswer } from '../../src/activities/decrypt/open-answer.js';
import type { RecordId } from '../../src/dataset/record-id.js';
import type { Refusal } from '../../src/dataset/reason.js';
import type { CompactedWindow, DecryptedWindow } from '../../src/inspect/verify/one-by-one.js';

/**
 * The staged forms (src/activities/decrypt/staged-form.ts, src/activities/compact/entry-table.ts) written from objects: what the code that
 * writes them from bytes is held against.
 */

/** What the objects do not hold. */
export interface Shown {
  readonly kind?: BatchAnswer['kind'];
  readonly elements?: number;
  readonly newestId?: number | null;
}

export function encodeDecrypted(
  { raw, records, refusals }: DecryptedWindow,
  { kind = 'carried', elements = records.length + refusals.length, newestId }: Shown = {},
): Buffer {
  const head = JSON.stringify({
    raw,
    kind,
    elements,
    refusals: refusals.map(withoutRaw),
    newestId: newestId === undefined ? newestOf(records) : newestId,
    records: records.map((r) => [r.index, r.id, r.key, r.plaintext.length]),
  });
  return Buffer.concat([
    Buffer.from(`${head}\n`),
    ...records.map(({ plaintext }) => plaintext),
    Buffer.from('\n'),
  ]);
}

export function encodeCompacted(
  { raw, entries, refusals }: CompactedWindow,
  { kind = 'carried', newestId = newestOf(entries) }: Shown = {},
): string {
  const keys: string[] = [];
  let lines = '';
  for (const e of entries) {
    let key = keys.indexOf(e.key);
    if (key < 0) key = keys.push(e.key) - 1;
    const tail = e.reason === undefined ? `${e.jsonBytes},${e.row ?? ''}` : JSON.stringify(e.reason);
    lines += `${e.hour} [${JSON.stringify(e.id)},0,${e.index},${key},${tail}]\n`;
  }
  const head = { raw, kind, newestId, keys, entries: entries.length, refusals: refusals.map(withoutRaw) };
  return `${JSON.stringify(head)}\n${lines}`;
}

/** Of the ids that are numbers. */
export const newestOf = (shown: readonly { readonly id: RecordId }[]): number | null => {
  const ids = shown.map(({ id }) => id).filter((id) => typeof id === 'number');
  return ids.length === 0 ? null : Math.max(...ids);
};

const withoutRaw = ({ index, reason, detail }: Refusal): Omit<Refusal, 'raw'> => ({ index, reason, detail });
