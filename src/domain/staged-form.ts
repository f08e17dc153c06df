import type { Hour } from './hour.js';
import { decodeEntry } from './segment.js';
import type { CompactedWindow, DecryptedWindow, HourEntry, Refusal } from './window.js';

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

export function encodeDecrypted(windows: readonly DecryptedWindow[]): Buffer {
  const chunks: Buffer[] = [];
  for (const { raw, context, records, refusals } of windows) {
    const index = records.map((r) => [r.index, r.id, r.key, r.plaintext.length]);
    chunks.push(
      Buffer.from(
        `${JSON.stringify({ raw, context, records: index, refusals: refusals.map(withoutRaw) })}\n`,
      ),
    );
    for (const record of records) chunks.push(record.plaintext);
    chunks.push(Buffer.from('\n'));
  }
  return Buffer.concat(chunks);
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

export function encodeCompacted(windows: readonly CompactedWindow[]): string {
  const lines: string[] = [];
  for (const { raw, context, entries, refusals, newestEventMs } of windows) {
    const keys = [...new Set(entries.map((entry) => entry.key))];
    lines.push(
      JSON.stringify({
        raw,
        context,
        keys,
        entries: entries.length,
        refusals: refusals.map(withoutRaw),
        newestEventMs,
      }),
    );
    for (const e of entries) {
      const tail = e.reason === undefined ? `${e.jsonBytes},${e.row ?? ''}` : JSON.stringify(e.reason);
      lines.push(`${e.hour} [${e.id},0,${e.index},${keys.indexOf(e.key)},${tail}]`);
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

export function decodeCompacted(text: string): CompactedWindow[] {
  const windows: CompactedWindow[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length && lines[at] !== '';) {
    const head = JSON.parse(lines[at]!) as {
      raw: string;
      context?: boolean;
      keys: string[];
      entries: number;
      refusals: StagedRefusal[];
      newestEventMs: number | null;
    };
    const header = { hour: '' as Hour, raws: [head.raw], keys: head.keys };
    const entries: HourEntry[] = [];
    for (let i = 1; i <= head.entries; i += 1) {
      const line = lines[at + i]!;
      const space = line.indexOf(' ');
      entries.push({ ...decodeEntry(line.slice(space + 1), header), hour: line.slice(0, space) as Hour });
    }
    windows.push({
      raw: head.raw,
      ...(head.context ? { context: true } : {}),
      entries,
      refusals: head.refusals.map((refusal) => ({ ...refusal, raw: head.raw })),
      newestEventMs: head.newestEventMs,
    });
    at += head.entries + 1;
  }
  return windows;
}

function withoutRaw({ index, reason, detail }: Refusal): StagedRefusal {
  return { index, reason, detail };
}
