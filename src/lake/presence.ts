import { type Origin, spelled } from '../config/spelled.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { LAKE_KEY } from './identity.js';
import {
  ledgerPrefix,
  parquetPrefix,
  quarantinePrefix,
  rawPrefix,
  segmentsPrefix,
  tablePrefix,
} from './keys.js';
import type { Storage } from '../storage/port.js';

/** What a new lake may hold that nothing has arrived in yet. */
const RAW = 'raw/';
const DATASETS_NAMED_MAX = 10;

/**
 * Throws `Configuration` where neither lake nor dataset is there: for a mistyped name an empty answer would
 * look like a good one. A lake is there where something of the dataset lies, or where it describes itself and
 * holds no other dataset.
 */
export async function requireLake(storage: Storage, origin: Origin): Promise<void> {
  const { dataset, lakeSetting } = origin;
  for (const prefix of [
    rawPrefix,
    ledgerPrefix,
    tablePrefix,
    segmentsPrefix,
    quarantinePrefix,
    parquetPrefix,
  ])
    if ((await firstKey(storage, prefix(dataset))) !== undefined) return;
  const others = await datasetsIn(storage).catch(noneIfDenied);
  if (others.length > 0)
    throw missing(
      `the lake ${storage.uri} holds nothing of the dataset ${dataset}, but ${others.join(', ')}: look at --dataset, or ${spelled('FERNLAKE_DATASET', origin)}`,
    );
  if ((await storage.head(LAKE_KEY)) !== undefined) return;
  throw missing(
    `there is no lake at ${storage.uri}: nothing of fernlake lies there. Look at ${lakeSetting}; a worker makes a new lake at its start`,
  );
}

async function firstKey(storage: Storage, prefix: string, startAfter = ''): Promise<string | undefined> {
  for await (const key of storage.keys(prefix, { startAfter })) return key;
  return undefined;
}

/** By their archives, from one to the next: a listing each. */
async function datasetsIn(storage: Storage): Promise<string[]> {
  const found: string[] = [];
  let startAfter = '';
  while (found.length < DATASETS_NAMED_MAX) {
    const key = await firstKey(storage, RAW, startAfter);
    const name = key?.slice(RAW.length).split('/', 1)[0];
    if (name === undefined) break;
    found.push(name);
    // Skips everything in that folder: `0` is the character after `/`.
    startAfter = `${RAW}${name}0`;
  }
  return found;
}

/** A worker's role lists its own dataset alone. */
function noneIfDenied(error: unknown): string[] {
  if (isFernlakeError(error, 'StorageDenied')) return [];
  throw error;
}

const missing = (message: string): FernlakeError => new FernlakeError('Configuration', 'terminal', message);
