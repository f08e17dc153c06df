import type { CompactedWindow, DecryptedWindow, Refusal } from './window.js';

/**
 * The two forms in which windows wait in staging between activities. Both begin each window with one JSON line.
 *
 * `context` marks a window that was carried before and only tells what the next one repeats.
 *
 * Decrypted: `{"raw","records":[[index,id,key,bytes],…],"refusals":[…]}`, then the plaintexts end to end (they may hold
 * anything, so they are counted, not quoted), then a newline.
 * Compacted: `{"raw","keys":[…],"entries":n,"refusals":[…],"newestEventMs"}`, then n lines `<hour> <segment entry>`.
 */

type StagedRefusal = Omit<Refusal, 'raw'>;
const NEWLINE = 0x0a;
const END = Buffer.from('\n');

/** One window in the decrypted form. */
export function encodeDecrypted({ raw, context, records, refusals }: DecryptedWindow): Buffer {
  const index = records.map((r) => [r.index, r.id, r.key, r.plaintext.length]);
  const head = JSON.stringify({ raw, context, records: index, refusals: refusals.map(withoutRaw) });
  return Buffer.concat([Buffer.from(`${head}\n`), ...records.map(({ plaintext }) => plaintext), END]);
}

export function* decodeDecrypted(bytes: Buffer): Generator<DecryptedWindow> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, at);
    const head = JSON.parse(bytes.toString('utf8', at, end)) as {
      raw: string;
      context?: boolean;
      records: [number, number, string, number][];
      refusals: StagedRefusal[];
    };
    at = end + 1;
    const records = head.records.map(([index, id, key, size]) => {
      const plaintext = bytes.subarray(at, at + size);
      at += size;
      return { index, id, key, plaintext };
    });
    at += 1;
    yield {
      raw: head.raw,
      ...(head.context ? { context: true } : {}),
      records,
      refusals: head.refusals.map((refusal) => ({ ...refusal, raw: head.raw })),
    };
  }
}

/** One window in the compacted form; `readEntryTable` (entry-table.ts) reads it. */
export function encodeCompacted({ raw, context, entries, refusals, newestEventMs }: CompactedWindow): string {
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
    newestEventMs,
  };
  return `${JSON.stringify(head)}\n${lines}`;
}

function withoutRaw({ index, reason, detail }: Refusal): StagedRefusal {
  return { index, reason, detail };
}
