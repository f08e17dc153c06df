import pMap from 'p-map';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { parquetKey, tableKey } from '../../lake/keys.js';
import { addCounts, type QuarantineCounts, type QuarantineTally } from '../../lake/ledger.js';
import { decodeQuarantine } from '../../lake/quarantine-entry.js';
import { IN_MEMORY_BYTES_MAX, sha256Through } from '../../lake/streams.js';
import type { RowPlaces } from '../../lake/row-id.js';
import type { Body, Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { decodeBundle, type Part } from '../partition/bundle.js';
import type { ObjectPart, ParquetPart, Parts, RowsPart } from '../parts.js';
import { currentPulse } from '../pulse.js';
import type { Ref } from '../ref.js';
import { done, unstage } from '../staging.js';
import { unstaged } from '../streams.js';
import { putSegment } from './put-segment.js';
import { requarantine } from './quarantine.js';
import { readBack, readBackBytes } from './read-back.js';

export type UploadInput = { readonly dataset: string } & Parts;

export interface UploadResult {
  /** What was put into the lake. */
  readonly bytes: number;
  /** Of a batch: appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** Of a seal that has rows to put. */
  readonly object: PlacedObject | null;
  /** Of a seal that writes Parquet. */
  readonly parquet?: PlacedObject;
}

export interface PlacedObject {
  readonly key: string;
  readonly etag: string;
  readonly ref: Ref;
}

/** Puts the segments and refusals of a batch, or the rows of a seal, where they belong. */
export type Upload = (input: UploadInput) => Promise<UploadResult>;

const WRITES_AT_ONCE = 8;

export const createUpload =
  ({ storage, form }: ActivityDeps): Upload =>
  async (input) => {
    if ('rows' in input) return await putRows(storage, form, input.dataset, input.rows);
    return await putBatch(storage, input.dataset, input.bundle);
  };

async function putBatch(storage: Storage, dataset: string, bundle: Ref): Promise<UploadResult> {
  const pulse = currentPulse();
  const quarantined: QuarantineTally = {};
  let bytes = 0;
  const input = await unstage(storage, bundle);
  const parts = decodeBundle(input);
  const putPart = async (part: Part): Promise<void> => {
    pulse.beat();
    if (part.kind === 'segment') {
      await putSegment(storage, dataset, part, part.bytes);
      bytes += part.bytes.length;
      return;
    }
    const put = await requarantine(storage, dataset, part.raw, decodeQuarantine(part.bytes.toString('utf8')));
    bytes += put.bytes;
    addCounts(quarantined, put.added);
  };
  await pMap(parts, putPart, { concurrency: WRITES_AT_ONCE });
  done(storage, bundle, input);
  return { bytes, quarantined, object: null };
}

async function putRows(
  storage: Storage,
  places: RowPlaces,
  dataset: string,
  rows: readonly RowsPart[],
): Promise<UploadResult> {
  const pulse = currentPulse();
  let object: PlacedObject | null = null;
  let parquet: PlacedObject | undefined;
  const putPart = async (part: RowsPart): Promise<void> => {
    pulse.beat();
    if (part.kind === 'object') {
      const put = await putObject(storage, tableKey(dataset, part.hour), part, await bodyOf(storage, part));
      await readBack(storage, put.key, part, places);
      object = put;
    } else {
      const bytes = await unstage(storage, part.ref);
      parquet = await putObject(storage, parquetKey(dataset, part.hour), part, bytes);
      await readBackBytes(storage, parquet.key, part.ref.sha256);
    }
  };
  await pMap(rows, putPart, { concurrency: WRITES_AT_ONCE });
  const bytes = rows.reduce((sum, { ref }) => sum + ref.bytes, 0);
  return { bytes, quarantined: {}, object, ...(parquet ? { parquet } : {}) };
}

/** A large object goes through in chunks, and is not stored if they are not what was packed. */
async function bodyOf(storage: Storage, { ref }: ObjectPart): Promise<Body> {
  return ref.bytes > IN_MEMORY_BYTES_MAX ? unstaged(storage, ref) : await unstage(storage, ref);
}

async function putObject(
  storage: Storage,
  key: string,
  part: ObjectPart | ParquetPart,
  body: Body,
): Promise<PlacedObject> {
  const condition =
    part.replaces === null ? { kind: 'absent' as const } : { kind: 'matches' as const, etag: part.replaces };
  try {
    const { etag } = await storage.put(key, body, condition);
    return { key, etag, ref: part.ref };
  } catch (error) {
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
  // Our own earlier attempt may have landed without our hearing of it.
  const etag = (await storage.head(key).catch(() => undefined))?.etag;
  const sha256 = await sha256Through(storage.open(key)).catch(() => undefined);
  if (etag !== undefined && sha256 === part.ref.sha256) return { key, etag, ref: part.ref };
  throw new FernlakeError(
    'LedgerConflict',
    'terminal',
    `${key} was changed by another seal: the hour is merged again`,
    {
      details: { key, expectedEtag: part.replaces ?? 'none' },
    },
  );
}
