import { type Hour, hourEndMs, hourOfPartition } from '../../dataset/hour.js';
import type { IdRange } from '../../lake/id-ranges.js';
import { quarantinedTotal } from '../../lake/ledger.js';
import type { Damaged } from '../../lake/outcome.js';
import {
  countLedgers,
  countQuarantine,
  type LakeCounts,
  type LedgerFacts,
  readAllLedgers,
} from '../../lake/counts.js';
import type { Storage } from '../../storage/port.js';

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
  /** Of the whole lake, quarantine without an hour included. */
  readonly counts: LakeCounts;
  /** Ledgers and quarantine objects that cannot be read. */
  readonly unreadable: readonly Damaged[];
}

/** Reads every ledger of the dataset and all of quarantine; nothing else of the lake but the sizes of its Parquet files. */
export async function gatherReport(storage: Storage, dataset: string, nowMs: number): Promise<ReportData> {
  const { ledgers, unreadable } = await readAllLedgers(storage, dataset);
  const parquet = await parquetSizes(storage, dataset);
  const { counts, damaged } = await countQuarantine(storage, dataset);
  return {
    dataset,
    lake: storage.uri,
    madeAt: new Date(nowMs).toISOString(),
    counts: { ...countLedgers(ledgers), ...counts },
    hours: ledgers.map((ledger) => factsOf(ledger, parquet.get(ledger.hour) ?? null)),
    unreadable: [...unreadable, ...damaged],
  };
}

function factsOf(ledger: LedgerFacts, parquet: number | null): HourFacts {
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
