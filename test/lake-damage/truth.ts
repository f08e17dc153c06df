import { LOG_FORM } from '../support/forms.js';
import { gunzipSync } from 'node:zlib';
import type { Hour } from '../../src/dataset/hour.js';
import { LAKE_KEY } from '../../src/lake/identity.js';
import {
  ledgerPrefix,
  parquetKey,
  quarantinePrefix,
  rawKey,
  rawPrefix,
  tableKey,
  tablePrefix,
} from '../../src/lake/keys.js';
import type { Ledger } from '../../src/lake/ledger.js';
import { valueOf } from '../../src/lake/outcome.js';
import { recordIdOf } from '../../src/lake/row-id.js';
import { sha256Of } from '../../src/bytes/sha256.js';
import { readRaw } from '../../src/lake/answers.js';
import { readLedger } from '../../src/lake/ledgers.js';
import { ledgerHourAt, quarantinedNameAt, rawNameAt, tableHourAt } from '../../src/lake/names.js';
import { readQuarantine } from '../../src/lake/quarantine.js';
import type { Storage } from '../../src/storage/port.js';
import { Bench, DATASET } from '../activities/bench.js';
import { memoryStorage } from '../support/memory-storage.js';
import { ByHand } from './by-hand.js';
import type { Objects } from './base-lake.js';

/** What a lake says: rows and ledger of each hour, and who is in quarantine. */
export interface Truth {
  readonly hours: ReadonlyMap<Hour, HourTruth>;
  readonly quarantine: ReadonlyMap<string, string>;
  /** Names of the answers in the archive, whole or not. */
  readonly raws: ReadonlySet<string>;
}

export interface HourTruth {
  readonly rows: readonly string[];
  /** All that the archive can tell of a ledger, as text; and whether what it names is there. */
  readonly facts: string;
}

export async function truthOf(storage: Storage): Promise<Truth> {
  const found = new Set<Hour>();
  for await (const key of storage.keys(ledgerPrefix(DATASET))) addTo(found, ledgerHourAt(DATASET, key));
  for await (const key of storage.keys(tablePrefix(DATASET))) addTo(found, tableHourAt(DATASET, key));
  const hours = new Map<Hour, HourTruth>();
  for (const hour of found) hours.set(hour, await hourTruth(storage, hour));
  const quarantine = new Map<string, string>();
  for await (const key of storage.keys(quarantinePrefix(DATASET))) {
    const name = quarantinedNameAt(DATASET, key);
    if (name === undefined) continue;
    const entries = valueOf(await readQuarantine(storage, key));
    const told = entries?.map(({ index, reason }) => `${index} ${reason}`).sort() ?? ['damaged'];
    if (told.length > 0) quarantine.set(name, told.join());
  }
  const raws = new Set<string>();
  for await (const key of storage.keys(rawPrefix(DATASET))) addTo(raws, rawNameAt(DATASET, key));
  return { hours, quarantine, raws };
}

const addTo = <T>(set: Set<T>, one: T | undefined): unknown => one !== undefined && set.add(one);

async function hourTruth(storage: Storage, hour: Hour): Promise<HourTruth> {
  const ledger = valueOf(await readLedger(storage, DATASET, hour))?.ledger;
  const body = await bodyAt(storage, tableKey(DATASET, hour));
  const parquet = ledger?.parquet && (await bodyAt(storage, parquetKey(DATASET, hour)));
  const fits =
    (body && sha256Of(body)) === ledger?.object?.sha256 &&
    (parquet && sha256Of(parquet)) === ledger?.parquet?.sha256;
  return { rows: body ? rowsIn(body) : [], facts: ledger ? factsOf(ledger, fits) : 'no ledger' };
}

async function bodyAt(storage: Storage, key: string): Promise<Buffer | undefined> {
  return (await storage.head(key)) && (await storage.get(key)).body;
}

function rowsIn(body: Buffer): string[] {
  try {
    return gunzipSync(body).toString().split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/** Not what depends on how it came about: the revision, what came late, times, etags. */
function factsOf(ledger: Ledger, fits: boolean): string {
  const { seen, landed, duplicates, quarantined, ids, complete, object, sizes, keys, raw } = ledger;
  const counts = Object.entries(quarantined).sort();
  const hash = object && [object.sha256, object.bytes, object.rows];
  return JSON.stringify({ fits, seen, landed, duplicates, counts, ids, complete, hash, sizes, keys, raw });
}

/** Names of the answers that can be read, ascending. */
export async function readableRaws(storage: Storage): Promise<string[]> {
  const names: string[] = [];
  for await (const key of storage.keys(rawPrefix(DATASET))) {
    const name = rawNameAt(DATASET, key);
    if (name !== undefined && (await readRaw(storage, DATASET, name)).kind === 'read') names.push(name);
  }
  return names;
}

/** What a lake says that was made of these answers alone; made once of the same ones. */
export class Oracle {
  private readonly known = new Map<string, Promise<Truth>>();

  of(objects: Objects, raws: readonly string[]): Promise<Truth> {
    const names = raws.join();
    const truth = this.known.get(names) ?? freshTruth(objects, raws);
    this.known.set(names, truth);
    return truth;
  }
}

async function freshTruth(objects: Objects, raws: readonly string[]): Promise<Truth> {
  const storage = memoryStorage();
  for (const key of [LAKE_KEY, ...raws.map((name) => rawKey(DATASET, name))]) {
    const body = objects.get(key);
    if (body) await storage.put(key, body);
  }
  const bench = await Bench.openOver(storage);
  const hands = new ByHand(bench);
  await hands.reprocess();
  await bench.close();
  if (hands.failed.length > 0) throw new Error(JSON.stringify(hands.failed));
  return await truthOf(storage);
}

/** In what this lake is not the right one, in words; `but` leaves an hour out. */
export function differences(right: Truth, actual: Truth, but?: Hour): string[] {
  const told: string[] = [];
  for (const [hour, { rows, facts }] of right.hours) {
    if (hour === but) continue;
    const is = actual.hours.get(hour);
    if (is?.rows.join('\n') !== rows.join('\n'))
      told.push(`${hour}: ${is?.rows.length ?? 0} rows, not the ${rows.length}`);
    if (is?.facts !== facts) told.push(`${hour}: the ledger says ${is?.facts}, not ${facts}`);
  }
  // What is of no answer is for verify to name; nobody takes it away.
  for (const name of right.raws) {
    const [is, should] = [actual.quarantine.get(name), right.quarantine.get(name)];
    if (is !== should) told.push(`quarantine of ${name}: ${is}, not ${should}`);
  }
  return told;
}

/** Where an answer is lost for good, all rows that the others give must be there all the same, and none that never was. */
export function shortfalls(right: Truth, whole: Truth, actual: Truth, but?: Hour): string[] {
  const told: string[] = [];
  for (const [hour, { rows }] of right.hours) {
    if (hour === but) continue;
    // By id: where one of two contents is lost, the one that has landed stays.
    const is = new Set(actual.hours.get(hour)?.rows.map((row) => recordIdOf(row, LOG_FORM)));
    const lacking = rows.filter((row) => !is.has(recordIdOf(row, LOG_FORM))).length;
    if (lacking > 0) told.push(`${hour}: ${lacking} rows are gone that other answers show`);
  }
  for (const [hour, { rows }] of actual.hours) {
    const known = new Set([...(whole.hours.get(hour)?.rows ?? []), ...(right.hours.get(hour)?.rows ?? [])]);
    const odd = rows.filter((row) => !known.has(row)).length;
    if (odd > 0) told.push(`${hour}: ${odd} rows that never were`);
  }
  return told;
}
