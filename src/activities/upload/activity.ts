import { FernlakeError, isFernlakeError } from '../../errors.js';
import { parquetKey, tableKey } from '../../lake/keys.js';
import { addCounts, type QuarantineTally } from '../../lake/ledger.js';
import { decodeManifest, type ObjectPart, type ParquetPart } from '../manifest.js';
import type { Body, Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import pMap from 'p-map';
import { lakeCorrupt } from '../../lake/objects.js';
import { unpackQuarantine } from '../../lake/quarantine.js';
import { unstage } from '../staging.js';
import { currentPulse } from '../pulse.js';
import { putSegment } from './put-segment.js';
import { requarantine } from './quarantine.js';
import { readBack, readBackBytes } from './read-back.js';
import { IN_MEMORY_BYTES_MAX, sha256Through } from '../../lake/streams.js';
import { unstaged } from '../streams.js';
import type { Ref } from '../ref.js';
import type { QuarantineCounts } from '../../lake/ledger.js';

export interface UploadInput {
  readonly dataset: string;
  readonly manifest: Ref;
}

export interface UploadResult {
  /** What was put into the lake. */
  readonly bytes: number;
  /** Appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** The sealed object, when the manifest held one. */
  readonly object: PlacedObject | null;
  /** The hour's Parquet file, when the manifest held one. */
  readonly parquet?: PlacedObject;
}

export interface PlacedObject {
  readonly key: string;
  readonly etag: string;
  readonly ref: Ref;
}

/** Puts every part of a manifest where it belongs. */
export type Upload = (input: UploadInput) => Promise<UploadResult>;

const WRITES_AT_ONCE = 8;

export const createUpload =
  ({ storage }: ActivityDeps): Upload =>
  async ({ dataset, manifest }) => {
    const pulse = currentPulse();
    const { parts } = decodeManifest((await unstage(storage, manifest)).toString('utf8'));
    let object: UploadResult['object'] = null;
    let parquet: PlacedObject | undefined;
    let bytesPut = 0;
    const quarantined: QuarantineTally = {};
    await pMap(
      parts,
      async (part) => {
        pulse.beat();
        if (part.kind === 'object') {
          const put = await putObject(
            storage,
            tableKey(dataset, part.hour),
            part,
            await bodyOf(storage, part),
          );
          await readBack(storage, put.key, part);
          object = put;
          bytesPut += part.ref.bytes;
          return;
        }
        const bytes = await unstage(storage, part.ref);
        if (part.kind === 'parquet') {
          parquet = await putObject(storage, parquetKey(dataset, part.hour), part, bytes);
          await readBackBytes(storage, parquet.key, part.ref.sha256);
        } else if (part.kind === 'segment') await putSegment(storage, dataset, part, bytes);
        else {
          const staged = await unpackQuarantine(part.raw, bytes);
          if (staged.kind === 'damaged') throw lakeCorrupt(staged);
          const { bytes: put, added } = await requarantine(storage, dataset, part.raw, staged.value);
          bytesPut += put;
          addCounts(quarantined, added);
          return;
        }
        bytesPut += part.ref.bytes;
      },
      { concurrency: WRITES_AT_ONCE },
    );
    return {
      bytes: bytesPut,
      quarantined,
      object,
      ...(parquet ? { parquet } : {}),
    };
  };

/** A large object goes through in chunks, and is not stored where they are not what was packed. */
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
