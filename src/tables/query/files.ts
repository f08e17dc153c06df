import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { type Hour, hourOfPartition, partitionOf } from '../../dataset/hour.js';
import { ledgerPrefix, parquetPrefix, quarantinePrefix, tablePrefix } from '../../lake/keys.js';
import type { ObjectInfo, Storage } from '../../storage/port.js';
import type { LakeFiles } from './tables.js';

export interface FilesInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly kinds: ReadonlySet<keyof LakeFiles>;
  readonly from?: Hour;
  readonly to?: Hour;
  readonly onProgress?: (fetched: number, of: number, bytes: number) => void;
}

export interface LocalFiles {
  readonly files: LakeFiles;
  /** Removes what was fetched. */
  close(): Promise<void>;
}

const FETCHED_AT_ONCE = 8;

/**
 * The lake's files of the hours asked for, on this machine. A folder's are read where they are; a bucket's are fetched
 * through the storage port into a private temporary folder: the same credentials and the same endpoint as the pipeline,
 * and no extension that DuckDB would have to download.
 */
export async function localFiles(input: FilesInput): Promise<LocalFiles> {
  const found = await listFiles(input);
  const { uri } = input.storage;
  if (uri.startsWith('file://')) {
    const root = fileURLToPath(uri);
    return { files: pathsOf(found, (key) => path.join(root, key)), close: async () => {} };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-query-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await fetchAll(input, Object.values(found).flat(), folder);
  } catch (error) {
    await close();
    throw error;
  }
  return { files: pathsOf(found, (key) => path.join(folder, key)), close };
}

type Found = Readonly<Record<keyof LakeFiles, readonly ObjectInfo[]>>;

async function listFiles({ storage, dataset, kinds, from, to }: FilesInput): Promise<Found> {
  const list = async (kind: keyof LakeFiles, prefix: string): Promise<ObjectInfo[]> => {
    const found: ObjectInfo[] = [];
    if (!kinds.has(kind)) return found;
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

function pathsOf(found: Found, pathOf: (key: string) => string): LakeFiles {
  const paths = (objects: readonly ObjectInfo[]): string[] => objects.map(({ key }) => pathOf(key));
  return {
    rows: paths(found.rows),
    parquet: paths(found.parquet),
    ledgers: paths(found.ledgers),
    quarantine: paths(found.quarantine),
  };
}
