import { LOG_FORM } from '../support/forms.js';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMint, DEMO_KEY, pythonRepr } from '../../examples/source-server/index.js';
import { makeRecord } from '../../examples/source-server/record.js';
import type { Activities } from '../../src/activities/index.js';
import type { MergeResult } from '../../src/activities/seal/merge-types.js';
import type { Recheck } from '../../src/activities/seal/recheck.js';
import type { SettleResult } from '../../src/activities/seal/settle.js';
import { createActivities } from '../../src/activities/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { sha256Of } from '../../src/bytes/sha256.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { gunzip, gzip } from '../../src/bytes/gzip.js';
import type { Hour } from '../../src/dataset/hour.js';
import {
  ledgerKey,
  quarantinePrefix,
  rawKey,
  rawName,
  stagingPrefix,
  tableKey,
} from '../../src/lake/keys.js';
import { decodeLedger, type Ledger } from '../../src/lake/ledger.js';
import { decodeQuarantine } from '../../src/lake/quarantine-entry.js';
import type { QuarantineEntry } from '../../src/dataset/reason.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { openFolder } from '../../src/storage/folder.js';
import type { Storage } from '../../src/storage/port.js';
import { hashesUnder } from '../support/lake.js';

export const DATASET = 'logs';
/** 2023-04-20T13:00:00Z */
export const T13 = Date.UTC(2023, 3, 20, 13);
export const MINUTE = 60_000;
export const HOUR_13 = '2023-04-20T13' as Hour;
export const HOUR_12 = '2023-04-20T12' as Hour;
export const HOUR_14 = '2023-04-20T14' as Hour;

interface SealOptions {
  readonly sealedAt?: string;
  readonly contiguousIds?: boolean;
  readonly rebuild?: boolean;
  readonly told?: readonly string[];
}

type Place = (here: Activities) => Activities;

const mint = createMint(DEMO_KEY);

/** A good envelope; `change` alters the record before it is encrypted. */
export function envelope(id: number, eventMs: number, change: object = {}, by = mint): object {
  const record = { ...makeRecord(7, id, id, eventMs).record, ...change };
  return { recordId: id, ArrivalTimeStamp: eventMs / 1000, data: by(pythonRepr(record), eventMs) };
}

/** Envelopes `from` to `to`, both included, a second apart. */
export function envelopes(from: number, to: number, firstEventMs: number): object[] {
  return Array.from({ length: to - from + 1 }, (_, i) => envelope(from + i, firstEventMs + i * 1_000));
}

/** A lake in a temporary folder and the activities over it, driven as the workflows do it, without Temporal. */
export class Bench {
  private runs = 0;

  private constructor(
    readonly dir: string,
    readonly storage: Storage,
    readonly deps: ActivityDeps,
    readonly activities: Activities,
  ) {}

  static async open(deps: Partial<ActivityDeps> = {}): Promise<Bench> {
    const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'fernlake-bench-')));
    const storage = await openFolder(pathToFileURL(path.join(dir, 'lake')).href);
    await claimLake(storage);
    return Bench.over(dir, storage, deps);
  }

  /** Over a lake that is no folder; what this bench keeps on disk besides is in `dir`, which `close` removes. */
  static async openOver(storage: Storage, deps: Partial<ActivityDeps> = {}): Promise<Bench> {
    return Bench.over(await mkdtemp(path.join(tmpdir(), 'fernlake-bench-')), storage, deps);
  }

  private static over(dir: string, storage: Storage, deps: Partial<ActivityDeps>, place?: Place): Bench {
    const ring = createKeyRing([DEMO_KEY]);
    const all: ActivityDeps = {
      storage,
      source: { poll: () => Promise.reject(new Error('this bench has no source')) },
      keyRing: () => Promise.resolve(ring),
      form: LOG_FORM,
      code: 'fernlake test row 1',
      ...deps,
    };
    return new Bench(
      dir,
      storage,
      all,
      createActivities(() => all, place),
    );
  }

  /** The same lake through other parts. */
  with(deps: Partial<ActivityDeps>): Bench {
    return Bench.over(this.dir, this.storage, { ...this.deps, ...deps });
  }

  /** The same lake, with some of the activities elsewhere. */
  placed(place: Place): Bench {
    return Bench.over(this.dir, this.storage, this.deps, place);
  }

  async close(): Promise<void> {
    // A step that failed may have left another writing.
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  scratch(): { dataset: string; staging: string } {
    this.runs += 1;
    return { dataset: DATASET, staging: stagingPrefix(DATASET, `run-${this.runs}`) };
  }

  /** Puts an answer into the archive as `fetch` does it, at a time of our choice. Returns the raw name. */
  async archive(fetchedAtMs: number, elements: readonly unknown[]): Promise<string> {
    return await this.archiveBody(fetchedAtMs, JSON.stringify(elements));
  }

  async archiveBody(fetchedAtMs: number, text: string): Promise<string> {
    const body = Buffer.from(text);
    const name = rawName(fetchedAtMs, sha256Of(body));
    await this.storage.put(rawKey(DATASET, name), await gzip(body), { kind: 'absent' });
    return name;
  }

  /** decrypt, compact, partition, gzip, upload. Returns the hours touched. */
  async carry(raws: readonly string[], slot = 'slot', n = 0): Promise<readonly Hour[]> {
    const scratch = this.scratch();
    const { decrypted } = await this.activities.decrypt({ ...scratch, raws });
    const { compacted } = await this.activities.compact({ ...scratch, decrypted });
    const { bundle, hours } = await this.activities.partition({ ...scratch, compacted, slot, n });
    const packed = await this.activities.gzip({ ...scratch, bundle });
    await this.activities.upload({ dataset: DATASET, ...packed });
    return hours;
  }

  async archiveAndCarry(fetchedAtMs: number, elements: readonly unknown[], slot = 'slot'): Promise<string> {
    const raw = await this.archive(fetchedAtMs, elements);
    await this.carry([raw], slot);
    return raw;
  }

  async merge(hour: Hour, contiguousIds = true): Promise<MergeResult & { dataset: string; staging: string }> {
    const scratch = this.scratch();
    return { ...scratch, ...(await this.activities.merge({ ...scratch, hour, contiguousIds })) };
  }

  /** merge, gzip, upload, settle. */
  async seal(hour: Hour, options: SealOptions = {}): Promise<{ merged: MergeResult; settled: SettleResult }> {
    return await this.sealIn(this.scratch().staging, hour, options);
  }

  /** The same with its scratch in a folder of our choice. */
  async sealIn(
    staging: string,
    hour: Hour,
    options: SealOptions = {},
  ): Promise<{ merged: MergeResult; settled: SettleResult }> {
    const { contiguousIds = true, rebuild = false, told = [] } = options;
    const dataset = DATASET;
    const input = { dataset, staging, hour, contiguousIds, told, ...(rebuild ? { rebuild } : {}) };
    const merged = await this.activities.merge(input);
    const { draft } = merged;
    const sealedAt = options.sealedAt ?? '2023-04-20T15:00:00.000Z';
    const placed = merged.rows.length > 0 ? await this.placeAll(staging, merged.rows) : null;
    const settled = await this.activities.settle({
      ...{ dataset, staging, hour, draft, sealedAt },
      object: placed?.object ?? null,
      ...(placed?.parquet ? { parquet: placed.parquet } : {}),
    });
    return { merged, settled };
  }

  /** Seals the hours, and those that a seal wants looked at again, as the workflow does. */
  async sealAll(hours: readonly Hour[], contiguousIds = true): Promise<void> {
    const waiting = hours.map((hour): Recheck => ({ hour, now: false, told: [] }));
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { hour, now: rebuild, told } = next;
      const { settled } = await this.seal(hour, { contiguousIds, rebuild, told });
      waiting.push(...settled.recheck);
    }
  }

  async place(staging: string, rows: MergeResult['rows']) {
    return (await this.placeAll(staging, rows)).object;
  }

  async placeAll(staging: string, rows: MergeResult['rows']) {
    const packed = await this.activities.gzip({ dataset: DATASET, staging, rows });
    return await this.activities.upload({ dataset: DATASET, ...packed });
  }

  async ledger(hour: Hour): Promise<Ledger> {
    return decodeLedger((await this.storage.get(ledgerKey(DATASET, hour))).body.toString());
  }

  /** The ids in the hour's object, in its order. */
  async landedIds(hour: Hour): Promise<number[]> {
    return (await this.rows(hour)).map((row) => (JSON.parse(row) as { record_id: number }).record_id);
  }

  async rows(hour: Hour): Promise<string[]> {
    const { body } = await this.storage.get(tableKey(DATASET, hour));
    return (await gunzip(body, 1e9)).toString().split('\n').slice(0, -1);
  }

  /** All entries, by answer. */
  async quarantined(): Promise<QuarantineEntry[]> {
    const entries: QuarantineEntry[] = [];
    for (const key of await this.keys(quarantinePrefix(DATASET)))
      entries.push(...decodeQuarantine((await gunzip((await this.storage.get(key)).body, 1e9)).toString()));
    return entries;
  }

  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.storage.list(prefix)) keys.push(key);
    return keys;
  }

  /** Every object below the prefix by its hash. */
  async hashes(prefix: string): Promise<Record<string, string>> {
    return await hashesUnder(this.storage, prefix);
  }
}
