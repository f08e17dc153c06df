import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { addHours, type Hour, hourOfPartition } from '../domain/hour.js';
import { ledgerKey, ledgerPrefix, rawNameOf, segmentHourPrefix, tableKey } from '../domain/lake-keys.js';
import { decodeLedger, type Ledger } from '../domain/ledger.js';
import { RowCursor } from '../domain/lines.js';
import type { MergeSource, SealedStream } from '../domain/merge-stream.js';
import { SegmentCursor } from '../domain/segment-cursor.js';
import type { SegmentHeader } from '../domain/segment.js';
import type { ObjectInfo, Storage } from '../storage/port.js';
import { inParallel, sha256Of } from './lake.js';
import { firstLines, IN_MEMORY_BYTES_MAX, nothing, once, sha256Through, unpackedLines } from './streams.js';

const READS_AT_ONCE = 8;
/** A segment's header and its first entry. */
const HEAD_LINES = 2;

export interface StoredLedger {
  readonly ledger: Ledger;
  readonly etag: string;
}

/** The hour's ledger; undefined when it was never sealed. Throws `LakeCorrupt`. */
export async function readLedger(
  storage: Storage,
  dataset: string,
  hour: Hour,
): Promise<StoredLedger | undefined> {
  const key = ledgerKey(dataset, hour);
  const found = await storage.get(key).catch((error: unknown) => {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  });
  if (!found) return undefined;
  try {
    return { ledger: decodeLedger(found.body.toString('utf8')), etag: found.etag };
  } catch (cause) {
    throw new FernlakeError(
      'LakeCorrupt',
      'terminal',
      `${key} is not a ledger: restore it from a copy, or delete it and run fernlake reprocess for that hour`,
      { details: { key }, cause },
    );
  }
}

export interface HourState {
  readonly ledger: StoredLedger | undefined;
  readonly objectEtag: string | null;
  /**
   * `sealed`: ledger and object speak of the same bytes. `open`: neither is there. `torn`: a seal died between the two,
   * or one of them was lost; the hour must be rebuilt from the archive.
   */
  readonly state: 'sealed' | 'open' | 'torn';
  readonly sealed: SealedStream | undefined;
}

/** What stands of an hour: its ledger, its object, and whether they agree. */
export async function readHour(storage: Storage, dataset: string, hour: Hour): Promise<HourState> {
  const key = tableKey(dataset, hour);
  const ledger = await readLedger(storage, dataset, hour);
  const object = await readObject(storage, key, ledger?.ledger.object?.bytes);
  const objectEtag = object?.etag ?? null;
  if (!ledger && !object) return { ledger, objectEtag, state: 'open', sealed: undefined };
  const expected = ledger?.ledger.object?.sha256 ?? null;
  if (!ledger || expected !== (object?.sha256 ?? null))
    return { ledger, objectEtag, state: 'torn', sealed: undefined };
  const raws = new Set(ledger.ledger.raw.map(rawNameOf));
  const lines = (): AsyncIterable<Buffer> => (object ? unpackedLines(key, object.chunks()) : nothing());
  return { ledger, objectEtag, state: 'sealed', sealed: { ledger: ledger.ledger, raws, lines } };
}

interface FoundObject {
  readonly etag: string;
  readonly sha256: string;
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * The object, in memory where it is small; else it is read again each time. Should another one take its place in between,
 * the etag is still that of the first, and the write that depends on it fails. `bytes`: its size, where a ledger tells.
 */
async function readObject(
  storage: Storage,
  key: string,
  bytes: number | undefined,
): Promise<FoundObject | undefined> {
  try {
    const head = bytes === undefined ? await storage.head(key) : undefined;
    if (bytes === undefined && !head) return undefined;
    if ((bytes ?? head?.bytes ?? 0) <= IN_MEMORY_BYTES_MAX) {
      const { body, etag } = await storage.get(key);
      return { etag, sha256: sha256Of(body), chunks: () => once(body) };
    }
    const etag = (head ?? (await storage.head(key)))?.etag;
    if (etag === undefined) return undefined;
    return { etag, sha256: await sha256Through(storage.open(key)), chunks: () => storage.open(key) };
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** A segment as a merge wants it: what its header says, and the way to read it. */
export interface StoredSegment extends MergeSource {
  readonly key: string;
  readonly header: SegmentHeader;
}

/**
 * Every unsealed segment of the hour. The listing is the truth. Of each only the first lines are read here, and the packed
 * bytes kept as long as all are small. Throws `LakeCorrupt`.
 */
export async function readSegments(storage: Storage, dataset: string, hour: Hour): Promise<StoredSegment[]> {
  const found: ObjectInfo[] = [];
  for await (const info of storage.list(segmentHourPrefix(dataset, hour))) found.push(info);
  const kept = found.reduce((sum, { bytes }) => sum + bytes, 0) <= IN_MEMORY_BYTES_MAX;
  return await inParallel(found, READS_AT_ONCE, async ({ key }) => {
    if (!kept) return await storedSegment(key, () => storage.open(key));
    const { body } = await storage.get(key);
    return await storedSegment(key, () => once(body));
  });
}

/** A segment in packed chunks that can be read again and again. `key` names it in an error. */
export async function storedSegment(
  key: string,
  chunks: () => AsyncIterable<Uint8Array>,
): Promise<StoredSegment> {
  const open = (): AsyncIterable<Buffer> => unpackedLines(key, chunks());
  const explain = (cause: unknown): unknown => (isFernlakeError(cause) ? cause : noSegment(key, cause));
  const start = await firstLines(chunks(), HEAD_LINES);
  const cursor = new SegmentCursor(start ? once(start) : open(), explain);
  try {
    const any = await cursor.begin();
    // Without an entry it has nothing to say, and comes last.
    return {
      key,
      header: cursor.header!,
      firstId: any ? cursor.id : Number.POSITIVE_INFINITY,
      open,
      explain,
    };
  } finally {
    await cursor.close();
  }
}

const noSegment = (key: string, cause: unknown): FernlakeError =>
  new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is not a segment: remove it and run fernlake reprocess for that hour, which makes it again from raw/`,
    { details: { key }, cause },
  );

/**
 * Calls with the id of each row in a packed object, in its order; with none where there is no object. By a call and not as an
 * iterable: to wait for each of millions costs as much as to read it. Throws `LakeCorrupt`.
 */
export async function eachIdOfObject(
  storage: Storage,
  key: string,
  note: (id: number) => void,
): Promise<void> {
  if (!(await storage.head(key))) return;
  const cursor = new RowCursor(unpackedLines(key, storage.open(key)));
  try {
    while (cursor.next() || (await cursor.fill())) note(cursor.id);
  } finally {
    await cursor.close();
  }
}

/** The same for all appearances in a segment, ascending. */
export async function eachIdOfSegment(segment: StoredSegment, note: (id: number) => void): Promise<void> {
  const cursor = new SegmentCursor(segment.open(), (cause) => segment.explain(cause));
  try {
    for (let any = await cursor.begin(); any; any = cursor.next() || (await cursor.fill())) note(cursor.id);
  } finally {
    await cursor.close();
  }
}

/** The nearest sealed hours on both sides; undefined where there is none. */
export async function neighbours(
  storage: Storage,
  dataset: string,
  hour: Hour,
): Promise<{ before: Hour | undefined; after: Hour | undefined }> {
  return {
    before: await sealedBefore(storage, dataset, hour),
    after: await sealedAfter(storage, dataset, hour),
  };
}

async function sealedBefore(storage: Storage, dataset: string, hour: Hour): Promise<Hour | undefined> {
  // The common case costs one look; then a day, a month, a year, and all: never a listing of everything first.
  const previous = addHours(hour, -1);
  if (await storage.head(ledgerKey(dataset, previous))) return previous;
  for (const prefix of enclosingPrefixes(dataset, hour)) {
    let last: Hour | undefined;
    for await (const key of storage.keys(prefix)) {
      const found = hourOfPartition(key);
      if (!found || found >= hour) break;
      last = found;
    }
    if (last) return last;
  }
  return undefined;
}

async function sealedAfter(storage: Storage, dataset: string, hour: Hour): Promise<Hour | undefined> {
  for await (const key of storage.keys(ledgerPrefix(dataset), { startAfter: ledgerKey(dataset, hour) })) {
    const found = hourOfPartition(key);
    if (found && found > hour) return found;
  }
  return undefined;
}

function enclosingPrefixes(dataset: string, hour: Hour): string[] {
  const key = ledgerKey(dataset, hour);
  const cut = (part: string): string => key.slice(0, key.indexOf(`/${part}=`) + 1);
  return [cut('hour'), cut('day'), cut('month'), cut('year')];
}
