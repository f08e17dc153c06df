import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { type Hour, hourOfPartition, partitionOf } from '../../dataset/hour.js';
import type { RecordForm } from '../../dataset/form.js';
import { ledgerPrefix, parquetPrefix, quarantinePrefix, tablePrefix } from '../../lake/keys.js';
import type { ObjectInfo, Storage } from '../../storage/port.js';
import { writeLiveHours } from './live.js';
import type { LakeFiles } from './tables.js';

export interface FilesInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly kinds: ReadonlySet<keyof LakeFiles>;
  readonly from?: Hour;
  readonly to?: Hour;
  readonly formOfHour: (hour: Hour) => Promise<RecordForm>;
  readonly onProgress?: (fetched: number, of: number, bytes: number) => void;
}

export interface LocalFiles {
  readonly files: LakeFiles;
  /** Removes what was fetched. */
  close(): Promise<void>;
}

const FETCHED_AT_ONCE = 8;

/**
 * The lake's files of the hours asked for, on this machine, and what waits for its seal where that is asked for. A folder's are read where they are; a bucket's are fetched
 * through the storage port into a private temporary folder: the same credentials and the same endpoint as the pipeline,
 * and no extension that DuckDB would have to download.
 */
export async function localFiles(input: FilesInput): Promise<LocalFiles> {
  const { uri } = input.storage;
  const isHere = uri.startsWith('file://');
  if (isHere && !input.kinds.has('live')) {
    const root = fileURLToPath(uri);
    return { files: pathsOf(await listFiles(input), (key) => path.join(root, key)), close: async () => {} };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-query-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // Before the sealed hours are listed: what is sealed meanwhile is in both, and the file of the live hour is the one that is read.
    const live = input.kinds.has('live')
      ? await writeLiveHours({ ...input, folder })
      : new Map<Hour, string>();
    const found = await listFiles(input);
    if (!isHere) await fetchAll(input, Object.values(found).flat(), folder);
    const root = isHere ? fileURLToPath(uri) : folder;
    return { files: pathsOf(found, (key) => path.join(root, key), live), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Found = Readonly<Record<Exclude<keyof LakeFiles, 'live'>, readonly ObjectInfo[]>>;

async function listFiles({ storage, dataset, kinds, from, to }: FilesInput): Promise<Found> {
  const list = async (kind: keyof Found, prefix: string): Promise<ObjectInfo[]> => {
    const found: ObjectInfo[] = [];
    if (!kinds.has(kind) && !(kind === 'rows' && kinds.has('live'))) return found;
    // `hour=13/…` and `hour=13.json` both come after `hour=13`.
    const startAfter = from && `${prefix}${partitionOf(from)}`;
    for await (const object of storage.list(prefix, startAfter ? { startAfter } : {})) {
      const hour = hourOfPartition(object.key);
      if (!hour || (from && hour < from)) continue;
      if (to && hour > to) break;
      found.push(object);
    }
    return found;
  };
  return {
    rows: await list('rows', tablePrefix(dataset)),
    parquet: await list('parquet', parquetPrefix(dataset)),
    ledgers: await list('ledgers', ledgerPrefix(dataset)),
    quarantine: await list('quarantine', quarantinePrefix(dataset)),
  };
}

async function fetchAll(
  { storage, onProgress }: FilesInput,
  objects: readonly ObjectInfo[],
  folder: string,
): Promise<void> {
  let fetched = 0;
  let bytes = 0;
  await pMap(
    objects,
    async ({ key, bytes: size }) => {
      const file = path.join(folder, key);
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(storage.open(key), createWriteStream(file, { mode: 0o600 }));
      fetched += 1;
      bytes += size;
      onProgress?.(fetched, objects.length, bytes);
    },
    { concurrency: FETCHED_AT_ONCE },
  );
}

function pathsOf(
  found: Found,
  pathOf: (key: string) => string,
  live: ReadonlyMap<Hour, string> = new Map(),
): LakeFiles {
  const paths = (objects: readonly ObjectInfo[]): string[] => objects.map(({ key }) => pathOf(key));
  const sealed = found.rows.filter(({ key }) => !live.has(hourOfPartition(key)!));
  return {
    rows: paths(found.rows),
    live: [...paths(sealed), ...live.values()],
    parquet: paths(found.parquet),
    ledgers: paths(found.ledgers),
    quarantine: paths(found.quarantine),
  };
}
