import type { CompactedWindow, DecryptedWindow, Refusal } from '../../src/activities/decrypt/window.js';

/** The staged forms (src/activities/decrypt/staged-form.ts) written from objects: what the code that writes them from bytes is held against. */

export function encodeDecrypted({ raw, context, records, refusals }: DecryptedWindow): Buffer {
  const index = records.map((r) => [r.index, r.id, r.key, r.plaintext.length]);
  const head = JSON.stringify({ raw, context, records: index, refusals: refusals.map(withoutRaw) });
  return Buffer.concat([
    Buffer.from(`${head}\n`),
    ...records.map(({ plaintext }) => plaintext),
    Buffer.from('\n'),
  ]);
}

export function encodeCompacted({ raw, context, entries, refusals }: CompactedWindow): string {
  const keys: string[] = [];
  let lines = '';
  for (const e of entries) {
    let key = keys.indexOf(e.key);
    if (key < 0) key = keys.push(e.key) - 1;
    const tail = e.reason === undefined ? `${e.jsonBytes},${e.row ?? ''}` : JSON.stringify(e.reason);
    lines += `${e.hour} [${e.id},0,${e.index},${key},${tail}]\n`;
  }
  const head = {
    raw,
    context,
    keys,
    entries: entries.length,
    refusals: refusals.map(withoutRaw),
  };
  return `${JSON.stringify(head)}\n${lines}`;
}

const withoutRaw = ({ index, reason, detail }: Refusal): Omit<Refusal, 'raw'> => ({ index, reason, detail });
