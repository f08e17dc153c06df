import type { Hour } from '../dataset/hour.js';
import { IdSet, countIds } from './id-ranges.js';
import { arrivalHour, ledgerPrefix, quarantinePrefix } from './keys.js';
import type { Ledger } from './ledger.js';
import { type Damaged, valueOf } from './outcome.js';
import type { Quarantined } from './quarantine-entry.js';
import type { Storage } from '../storage/port.js';
import { yieldToEventLoop } from './event-loop.js';
import pMap from 'p-map';
import { readLedger } from './ledgers.js';
import { ledgerHourAt, quarantinedNameAt } from './names.js';
import { fetchQuarantine, quarantinedIn } from './quarantine.js';

/** A number of records, and of their appearances: windows overlap, so a record appears about twice. */
export interface RecordCount {
  readonly records: number;
  readonly appearances: number;
}

/** Sums over the ledgers of sealed hours. Counts are of appearances, but for `landed`, `late` (rows) and `missing` (ids). */
export interface SealedCounts {
  readonly hours: number;
  readonly seen: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly late: number;
  readonly missing: number;
  /** Bytes of the landed rows in each form; `gzip` is the table. */
  readonly bytes: { readonly json: number; readonly compact: number; readonly gzip: number };
}

/** What lies in quarantine, also of hours that are still open, and what has no hour and so is in no ledger. */
export interface QuarantineCounts {
  /** Distinct records: by their id, or where none can be read by what was sent. */
  readonly quarantinedRecords: number;
  /** Their appearances in the archive. */
  readonly quarantined: number;
  readonly reasons: Readonly<Record<string, RecordCount>>;
}

/** The figures that `status --all`, `report`, `quarantine list` and `verify` say, under these names. */
export interface LakeCounts extends SealedCounts, QuarantineCounts {}

export interface QuarantineGroup extends RecordCount {
  readonly reason: string;
  readonly arrival: Hour;
}

const READS_AT_ONCE = 32;

/** A ledger without the names of its answers: of all hours together they are many times the rest. */
export type LedgerFacts = Omit<Ledger, 'raw'>;

export function countLedgers(ledgers: readonly LedgerFacts[]): SealedCounts {
  const sum = (of: (ledger: LedgerFacts) => number): number =>
    ledgers.reduce((total, ledger) => total + of(ledger), 0);
  return {
    hours: ledgers.length,
    seen: sum(({ seen }) => seen),
    landed: sum(({ landed }) => landed),
    duplicates: sum(({ duplicates }) => duplicates),
    late: sum(({ late }) => late),
    missing: sum(({ ids }) => ids.missingCount),
    bytes: {
      json: sum(({ sizes }) => sizes.json),
      compact: sum(({ sizes }) => sizes.compact),
      gzip: sum(({ sizes }) => sizes.gzip),
    },
  };
}

/** Every ledger of the dataset, ascending by hour, and those that cannot be read. */
export async function readAllLedgers(storage: Storage, dataset: string): Promise<LedgersRead> {
  const hours: Hour[] = [];
  for await (const key of storage.keys(ledgerPrefix(dataset))) {
    const hour = ledgerHourAt(dataset, key);
    if (hour) hours.push(hour);
  }
  return await readLedgersOf(storage, dataset, hours);
}

export function withoutRaw(ledger: Ledger): LedgerFacts {
  const facts: LedgerFacts & { raw?: unknown } = { ...ledger };
  delete facts.raw;
  return facts;
}

export interface LedgersRead {
  readonly ledgers: readonly LedgerFacts[];
  readonly unreadable: readonly Damaged[];
}

/** The ledgers of these hours; one that vanishes is left out. */
export async function readLedgersOf(
  storage: Storage,
  dataset: string,
  hours: readonly Hour[],
): Promise<LedgersRead> {
  const unreadable: Damaged[] = [];
  const found = await pMap(
    hours,
    async (hour): Promise<LedgerFacts | undefined> => {
      const one = await readLedger(storage, dataset, hour);
      if (one.kind === 'damaged') unreadable.push(one);
      if (one.kind !== 'read') return undefined;
      return withoutRaw(one.value.ledger);
    },
    { concurrency: READS_AT_ONCE },
  );
  return {
    ledgers: found.filter((ledger) => ledger !== undefined),
    unreadable: unreadable.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** Adds up quarantine, entry by entry. */
export class QuarantineTally {
  readonly #all = new Records();
  readonly #reasons = new Map<string, Records>();
  readonly #groups = new Map<string, { reason: string; arrival: Hour; of: Records }>();

  add(arrival: Hour, entry: Quarantined): void {
    const { reason } = entry;
    const key = `${reason} ${arrival}`;
    const group = this.#groups.get(key) ?? { reason, arrival, of: new Records() };
    this.#groups.set(key, group);
    const ofReason = this.#reasons.get(reason) ?? new Records();
    this.#reasons.set(reason, ofReason);
    for (const records of [this.#all, ofReason, group.of]) records.add(entry);
  }

  counts(): QuarantineCounts {
    const all = this.#all.count();
    const reasons = [...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      quarantinedRecords: all.records,
      quarantined: all.appearances,
      reasons: Object.fromEntries(reasons.map(([reason, records]) => [reason, records.count()])),
    };
  }

  /** By reason and hour of arrival, ascending. */
  groups(): QuarantineGroup[] {
    const sorted = [...this.#groups].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([, { reason, arrival, of }]) => ({ reason, arrival, ...of.count() }));
  }
}

/** How many distinct records some entries are of, and how many entries. */
class Records {
  readonly #ids = new IdSet();
  /** 52 bits of a SHA-256 each, which take a third of its text's memory. */
  readonly #nameless = new Set<number>();
  #appearances = 0;

  add({ record }: Quarantined): void {
    this.#appearances += 1;
    if (typeof record === 'number') this.#ids.add([record]);
    else this.#nameless.add(Number.parseInt(record.slice(0, 13), 16));
  }

  count(): RecordCount {
    return {
      records: countIds(this.#ids.ranges()) + this.#nameless.size,
      appearances: this.#appearances,
    };
  }
}

/**
 * Each entry in quarantine, in order of arrival; and the objects that cannot be read. Behind `startAfter`; at most
 * `objectsMax` objects are read, and `cut` says whether there were more.
 */
export async function eachQuarantined(
  storage: Storage,
  dataset: string,
  take: (arrival: Hour, entry: Quarantined) => void,
  {
    startAfter = '',
    objectsMax = Number.POSITIVE_INFINITY,
  }: { readonly startAfter?: string; readonly objectsMax?: number } = {},
): Promise<{ damaged: readonly Damaged[]; cut: boolean }> {
  const damaged: Damaged[] = [];
  let keys: string[] = [];
  let read = 0;
  const readKeys = async (): Promise<void> => {
    const found = await pMap(keys, (key) => fetchQuarantine(storage, key), { concurrency: READS_AT_ONCE });
    for (const [i, fetched] of found.entries()) {
      // Unpacked one after the other: what is small in the lake may be large in memory.
      const one = await quarantinedIn(storage, keys[i]!, fetched);
      await yieldToEventLoop();
      if (one.kind === 'damaged') damaged.push(one);
      const arrival = arrivalHour(quarantinedNameAt(dataset, keys[i]!)!);
      for (const entry of valueOf(one) ?? []) take(arrival, entry);
    }
    keys = [];
  };
  for await (const key of storage.keys(quarantinePrefix(dataset), { startAfter })) {
    if (quarantinedNameAt(dataset, key) === undefined) continue;
    if (read === objectsMax) {
      await readKeys();
      return { damaged, cut: true };
    }
    read += 1;
    keys.push(key);
    if (keys.length === READS_AT_ONCE) await readKeys();
  }
  await readKeys();
  return { damaged, cut: false };
}

export async function countQuarantine(
  storage: Storage,
  dataset: string,
): Promise<{ counts: QuarantineCounts; damaged: readonly Damaged[] }> {
  const tally = new QuarantineTally();
  const { damaged } = await eachQuarantined(storage, dataset, (arrival, entry) => tally.add(arrival, entry));
  return { counts: tally.counts(), damaged };
}
