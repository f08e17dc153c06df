import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { isFernlakeError } from '../../src/errors.js';
import { type Hour, hourOfPartition } from '../../src/dataset/hour.js';
import { ledgerKey, ledgerPrefix, tableKey, tablePrefix } from '../../src/lake/keys.js';
import { decodeLedger, type Ledger } from '../../src/lake/ledger.js';
import { openFolder } from '../../src/storage/folder.js';
import type { Storage } from '../../src/storage/port.js';

export interface TempLake {
  readonly dir: string;
  readonly uri: string;
  readonly storage: Storage;
  remove(): void;
}

/** A lake of its own, in a folder of its own under the system's temporary one. */
export async function tempLake(): Promise<TempLake> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-lake-'));
  const uri = pathToFileURL(dir).href;
  const storage = await openFolder(uri);
  return { dir, uri, storage, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export async function keysUnder(storage: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys;
}

/** The landed rows of an hour, as text; none where there is no object. Read with node's zlib, not with our own. */
export async function rowsOf(storage: Storage, dataset: string, hour: Hour): Promise<string[]> {
  const found = await objectAt(storage, tableKey(dataset, hour));
  return found ? gunzipSync(found).toString('utf8').split('\n').slice(0, -1) : [];
}

export async function ledgerOf(storage: Storage, dataset: string, hour: Hour): Promise<Ledger | undefined> {
  const found = await objectAt(storage, ledgerKey(dataset, hour));
  return found && decodeLedger(found.toString('utf8'));
}

export async function ledgers(storage: Storage, dataset: string): Promise<Map<Hour, Ledger>> {
  const found = new Map<Hour, Ledger>();
  for (const key of await keysUnder(storage, ledgerPrefix(dataset))) {
    const hour = hourOfPartition(key);
    const ledger = hour && (await ledgerOf(storage, dataset, hour));
    if (ledger) found.set(hour, ledger);
  }
  return found;
}

/** Every object of the table by its key, for a comparison byte by byte. */
export async function tableBytes(storage: Storage, dataset: string): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for (const key of await keysUnder(storage, tablePrefix(dataset))) {
    const body = await objectAt(storage, key);
    if (body) objects.set(key.slice(key.indexOf('/') + 1).replace(`/${dataset}.`, '/'), body);
  }
  return objects;
}

export async function objectAt(storage: Storage, key: string): Promise<Buffer | undefined> {
  try {
    return (await storage.get(key)).body;
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** SHA-256 in hex of every object below the prefix. */
export async function hashesUnder(storage: Storage, prefix: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const key of await keysUnder(storage, prefix))
    hashes[key] = createHash('sha256')
      .update((await storage.get(key)).body)
      .digest('hex');
  return hashes;
}
