import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { addHours, type Hour, hourOfPartition } from '../domain/hour.js';
import { ledgerKey, ledgerPrefix, rawNameOf, segmentHourPrefix, tableKey } from '../domain/lake-keys.js';
import { decodeLedger, type Ledger } from '../domain/ledger.js';
import type { SealedHour } from '../domain/merge-hour.js';
import { decodeSegment, type Segment } from '../domain/segment.js';
import type { Storage } from '../storage/port.js';
import { inParallel, sha256Of, unpack } from './lake.js';

const READS_AT_ONCE = 8;

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
  readonly sealed: SealedHour | undefined;
}

/** What stands of an hour: its ledger, its object, and whether they agree. */
export async function readHour(storage: Storage, dataset: string, hour: Hour): Promise<HourState> {
  const key = tableKey(dataset, hour);
  const ledger = await readLedger(storage, dataset, hour);
  const object = await storage.get(key).catch((error: unknown) => {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  });
  const objectEtag = object?.etag ?? null;
  if (!ledger && !object) return { ledger, objectEtag, state: 'open', sealed: undefined };
  const expected = ledger?.ledger.object?.sha256 ?? null;
  const actual = object ? sha256Of(object.body) : null;
  if (!ledger || expected !== actual) return { ledger, objectEtag, state: 'torn', sealed: undefined };
  const text = object ? (await unpack(key, object.body)).toString('utf8') : '';
  const rows = text.split('\n').filter((line) => line !== '');
  const raws = new Set(ledger.ledger.raw.map(rawNameOf));
  return { ledger, objectEtag, state: 'sealed', sealed: { ledger: ledger.ledger, raws, rows } };
}

export interface StoredSegment {
  readonly key: string;
  readonly segment: Segment;
}

/** Every unsealed segment of the hour. The listing is the truth. Throws `LakeCorrupt`. */
export async function readSegments(storage: Storage, dataset: string, hour: Hour): Promise<StoredSegment[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(segmentHourPrefix(dataset, hour))) keys.push(key);
  return await inParallel(keys, READS_AT_ONCE, async (key) => {
    const { body } = await storage.get(key);
    try {
      return { key, segment: decodeSegment((await unpack(key, body)).toString('utf8')) };
    } catch (cause) {
      if (isFernlakeError(cause)) throw cause;
      throw new FernlakeError(
        'LakeCorrupt',
        'terminal',
        `${key} is not a segment: remove it and run fernlake reprocess for that hour, which makes it again from raw/`,
        { details: { key }, cause },
      );
    }
  });
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
    for await (const { key } of storage.list(prefix)) {
      const found = hourOfPartition(key);
      if (!found || found >= hour) break;
      last = found;
    }
    if (last) return last;
  }
  return undefined;
}

async function sealedAfter(storage: Storage, dataset: string, hour: Hour): Promise<Hour | undefined> {
  for await (const { key } of storage.list(ledgerPrefix(dataset), { startAfter: ledgerKey(dataset, hour) })) {
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
