import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RecordForm } from '../../dataset/form.js';
import type { Hour } from '../../dataset/hour.js';
import type { RecordId } from '../../dataset/record-id.js';
import { FernlakeError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { openFrom } from '../../lake/hours.js';
import { tableKey } from '../../lake/keys.js';
import { RowCursor } from '../../lake/lines.js';
import { compareAppearance } from '../../lake/segment.js';
import { eachEntryOfSegment, readSegments, whileSealing } from '../../lake/segments.js';
import { nothing, once, unpackedLines } from '../../lake/streams.js';
import type { Storage } from '../../storage/port.js';

export interface LiveInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly formOfHour: (hour: Hour) => Promise<RecordForm>;
  /** Where what is written is put, under the keys of the hours. */
  readonly folder: string;
  readonly from?: Hour;
  readonly to?: Hour;
}

/** What waits for its seal, of one record: its first appearance in the archive is the one that will land. */
interface Waiting {
  readonly raw: string;
  readonly index: number;
  readonly row: string;
}

/**
 * Writes a file for each hour with segments: its sealed rows, and those that wait, each record once. Resolves to these files by their
 * hours, in place of which the sealed object of the hour must not be read. Throws `Configuration` where more waits than is held here.
 */
export async function writeLiveHours(input: LiveInput): Promise<ReadonlyMap<Hour, string>> {
  const { storage, dataset, from, to } = input;
  const files = new Map<Hour, string>();
  let bytes = 0;
  for await (const hour of openFrom(storage, dataset, from ?? '')) {
    if ((from && hour < from) || (to && hour > to)) continue;
    const written = await writeHour(input, hour, LIMITS.queryResultBytesMax - bytes);
    bytes += written.bytes;
    files.set(hour, written.file);
  }
  return files;
}

async function writeHour(
  input: LiveInput,
  hour: Hour,
  bytesMax: number,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const { storage, dataset, folder } = input;
  const key = tableKey(dataset, hour);
  const file = path.join(folder, 'live', key);
  await mkdir(path.dirname(file), { recursive: true });
  return await whileSealing(async () => {
    // The segments first: what a seal takes away meanwhile is then in the object, and known by its id.
    const { waiting, bytes } = await waitingIn(input, hour, bytesMax);
    const form = await input.formOfHour(hour);
    const isThere = (await storage.head(key)) !== undefined;
    const rows = rowsOf(isThere ? unpackedLines(key, storage.open(key)) : nothing(), form, waiting);
    await pipeline(Readable.from(rows), createGzip({ level: 1 }), createWriteStream(file, { mode: 0o600 }));
    return { file, bytes };
  });
}

async function waitingIn(
  { storage, dataset }: LiveInput,
  hour: Hour,
  bytesMax: number,
): Promise<{ readonly waiting: Map<RecordId, Waiting>; readonly bytes: number }> {
  let bytes = 0;
  const waiting = new Map<RecordId, Waiting>();
  for (const segment of (await readSegments(storage, dataset, hour)).whole)
    await eachEntryOfSegment(segment, ({ id, raw, index, row }) => {
      if (row === undefined) return;
      const known = waiting.get(id);
      if (known && compareAppearance(known, { raw, index }) <= 0) return;
      if (!known) bytes += row.end - row.from;
      if (bytes > bytesMax)
        throw new FernlakeError(
          'Configuration',
          'terminal',
          `the rows that wait for their seal, up to ${hour}, are over ${LIMITS.queryResultBytesMax >> 20} MiB: ask for fewer hours, by --from and --to, or for the sealed ones, in ${dataset}`,
        );
      waiting.set(id, { raw, index, row: row.bytes.toString('utf8', row.from, row.end) });
    });
  return { waiting, bytes };
}

/** The sealed rows as they are, then those that wait and are not among them. */
async function* rowsOf(
  sealed: AsyncIterable<Buffer>,
  form: RecordForm,
  waiting: Map<RecordId, Waiting>,
): AsyncGenerator<Buffer | string> {
  for await (const chunk of sealed) {
    const cursor = new RowCursor(once(chunk), form);
    while (cursor.next() || (await cursor.fill())) waiting.delete(cursor.id);
    yield chunk;
  }
  for (const { row } of waiting.values()) yield `${row}\n`;
}
