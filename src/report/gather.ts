import { inParallel } from '../lake/in-parallel.js';
import { type Hour, hourEndMs, hourOfPartition } from '../domain/hour.js';
import { ledgerPrefix } from '../domain/lake-keys.js';
import { type Ledger, quarantinedTotal } from '../domain/ledger.js';
import { readLedger } from '../lake/ledgers.js';
import { ledgerHourAt } from '../lake/names.js';
import type { IdRange } from '../domain/id-ranges.js';
import type { Storage } from '../storage/port.js';

/** One sealed hour, without its long lists. */
export interface HourFacts {
  readonly hour: Hour;
  readonly revision: number;
  readonly seen: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly late: number;
  readonly complete: number;
  readonly missing: readonly IdRange[];
  readonly missingCount: number;
  /** From the hour's end to its (last) seal. */
  readonly lagMs: number;
  /** Bytes; `parquet` null where there is no such object. */
  readonly json: number;
  readonly compact: number;
  readonly gzip: number;
  readonly parquet: number | null;
}

export interface ReportData {
  readonly dataset: string;
  readonly lake: string;
  readonly madeAt: string;
  /** Ascending. */
  readonly hours: readonly HourFacts[];
  /** Appearances in the sealed hours, by reason. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** Ledgers that cannot be read. */
  readonly unreadable: readonly string[];
}

const READS_AT_ONCE = 32;

/** Reads every ledger of the dataset; nothing else of the lake but the sizes of its Parquet files. */
export async function gatherReport(storage: Storage, dataset: string, nowMs: number): Promise<ReportData> {
  const sealed: Hour[] = [];
  for await (const key of storage.keys(ledgerPrefix(dataset))) {
    const hour = ledgerHourAt(dataset, key);
    if (hour) sealed.push(hour);
  }
  const parquet = await parquetSizes(storage, dataset);
  const unreadable: string[] = [];
  const quarantined: Record<string, number> = {};
  const hours = await inParallel(sealed, READS_AT_ONCE, async (hour) => {
    const found = await readLedger(storage, dataset, hour);
    if (found.kind === 'damaged') unreadable.push(found.key);
    if (found.kind !== 'read') return undefined;
    const { ledger } = found.value;
    for (const [reason, count] of Object.entries(ledger.quarantined))
      quarantined[reason] = (quarantined[reason] ?? 0) + count;
    return factsOf(ledger, parquet.get(hour) ?? null);
  });
  return {
    dataset,
    lake: storage.uri,
    madeAt: new Date(nowMs).toISOString(),
    hours: hours.filter((facts) => facts !== undefined).sort((a, b) => (a.hour < b.hour ? -1 : 1)),
    quarantined,
    unreadable: unreadable.sort(),
  };
}

function factsOf(ledger: Ledger, parquet: number | null): HourFacts {
  const { hour, revision, seen, landed, duplicates, late, complete, ids, sizes, sealedAt } = ledger;
  return {
    ...{ hour, revision, seen, landed, duplicates, late, complete, parquet },
    quarantined: quarantinedTotal(ledger.quarantined),
    missing: ids.missing,
    missingCount: ids.missingCount,
    lagMs: Date.parse(sealedAt) - hourEndMs(hour),
    json: sizes.json,
    compact: sizes.compact,
    gzip: sizes.gzip,
  };
}

async function parquetSizes(storage: Storage, dataset: string): Promise<Map<Hour, number>> {
  const sizes = new Map<Hour, number>();
  for await (const { key, bytes } of storage.list(`parquet/${dataset}/`)) {
    const hour = hourOfPartition(key);
    if (hour && key.endsWith('.parquet')) sizes.set(hour, bytes);
  }
  return sizes;
}
