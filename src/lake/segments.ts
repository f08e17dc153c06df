import { isFernlakeError } from '../errors.js';
import type { Hour } from '../dataset/hour.js';
import type { RecordId } from '../dataset/record-id.js';
import { segmentHourPrefix } from './keys.js';
import { type Damaged, damaged } from './outcome.js';
import { type MergeSource, SegmentCursor } from './segment-cursor.js';
import type { SegmentHeader } from './segment.js';
import type { ObjectInfo, Storage } from '../storage/port.js';
import pMap from 'p-map';
import { segmentHourAt } from './names.js';
import { damageIn, lakeCorrupt } from './damage.js';
import { firstLines, IN_MEMORY_BYTES_MAX, once, unpackedLines } from './streams.js';

const READS_AT_ONCE = 8;
/** A segment's header and its first entry. */
const HEAD_LINES = 2;

/** A segment as a merge wants it: what its header says, and the way to read it. */
export interface StoredSegment extends MergeSource {
  readonly key: string;
  readonly header: SegmentHeader;
  /** When it was written: all that it holds was archived before. */
  readonly modifiedMs: number;
}

export interface DamagedSegment extends Damaged {
  readonly modifiedMs: number;
}

export interface HourSegments {
  readonly whole: readonly StoredSegment[];
  readonly damaged: readonly DamagedSegment[];
}

export const NO_SEGMENTS: HourSegments = { whole: [], damaged: [] };

/**
 * Every unsealed segment of the hour, as listed. Only the first lines of each are read here, and the packed
 * bytes kept while all are small: damage further on shows when the segment is read.
 */
export async function readSegments(storage: Storage, dataset: string, hour: Hour): Promise<HourSegments> {
  const found: ObjectInfo[] = [];
  for await (const info of storage.list(segmentHourPrefix(dataset, hour)))
    if (segmentHourAt(dataset, info.key) === hour) found.push(info);
  const kept = found.reduce((sum, { bytes }) => sum + bytes, 0) <= IN_MEMORY_BYTES_MAX;
  const whole: StoredSegment[] = [];
  const bad: DamagedSegment[] = [];
  await pMap(
    found,
    async ({ key, modifiedMs }) => {
      try {
        const body = kept ? (await storage.get(key)).body : undefined;
        const chunks = () => (body ? once(body) : storage.open(key));
        whole.push({ ...(await storedSegment(key, chunks, hour)), modifiedMs });
      } catch (error) {
        const damage = damageIn(error);
        if (!damage) throw error;
        bad.push({ ...damage, modifiedMs });
      }
    },
    { concurrency: READS_AT_ONCE },
  );
  return { whole: whole.sort(byKey), damaged: bad.sort(byKey) };
}

/** No seal removes segments between two looks more often than this. */
const LOOKS_MAX = 10;

/**
 * Raw names in the unsealed segments of an hour. It may be sealed while they are read: then they are listed again, and its ledger, which
 * is to be read behind this, names what they held.
 */
export async function namesInSegments(storage: Storage, dataset: string, hour: Hour): Promise<string[]> {
  const { whole } = await whileSealing(() => readSegments(storage, dataset, hour));
  return whole.flatMap(({ header }) => header.raws);
}

/** Reads what a seal may take away meanwhile: then once more, as the lake is by then. */
export async function whileSealing<T>(read: () => Promise<T>): Promise<T> {
  for (let look = 1; ; look += 1) {
    try {
      return await read();
    } catch (error) {
      if (!isFernlakeError(error, 'ObjectNotFound') || look === LOOKS_MAX) throw error;
    }
  }
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);

/**
 * A segment in packed chunks that can be read again and again. `key` names it in an error; `hour` is the one that it must be of.
 * Throws `LakeCorrupt`.
 */
export async function storedSegment(
  key: string,
  chunks: () => AsyncIterable<Uint8Array>,
  hour?: Hour,
): Promise<StoredSegment> {
  const open = (): AsyncIterable<Buffer> => unpackedLines(key, chunks());
  const explain = (cause: unknown): unknown =>
    isFernlakeError(cause) ? cause : lakeCorrupt(damaged(key, 'it is not a segment'), cause);
  const start = await firstLines(chunks(), HEAD_LINES);
  const cursor = new SegmentCursor(start ? once(start) : open(), explain);
  try {
    const any = await cursor.begin();
    const header = cursor.header!;
    if (hour !== undefined && header.hour !== hour)
      throw lakeCorrupt(damaged(key, 'it is a segment of another hour'));
    // A segment without an entry comes last.
    return { key, header, firstId: any ? cursor.id : Number.POSITIVE_INFINITY, modifiedMs: 0, open, explain };
  } finally {
    await cursor.close();
  }
}

/** Calls with the id of each appearance in a segment, ascending. Throws `LakeCorrupt`. */
export const eachIdOfSegment = (segment: StoredSegment, note: (id: RecordId) => void): Promise<void> =>
  eachEntryOfSegment(segment, ({ id }) => note(id));

/** Calls with each entry, by ascending ids; it changes with the next one. Throws `LakeCorrupt`. */
export async function eachEntryOfSegment(
  segment: StoredSegment,
  note: (entry: Pick<SegmentCursor, 'id' | 'raw' | 'index' | 'row'>) => void,
): Promise<void> {
  const cursor = new SegmentCursor(segment.open(), (cause) => segment.explain(cause));
  try {
    for (let any = await cursor.begin(); any; any = cursor.next() || (await cursor.fill())) note(cursor);
  } finally {
    await cursor.close();
  }
}
