import { isFernlakeError } from '../../errors.js';
import { type Hour, hourOfPartition } from '../../dataset/hour.js';
import { LAKE_KEY } from '../../lake/identity.js';
import { parquetKey, parquetPrefix, tableKey, tablePrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import { readLakeName } from '../../lake/stored-identity.js';
import type { Storage } from '../../storage/port.js';
import type { Finding } from './findings.js';

/** `lake.json` says which lake this is: with another, or none, every worker of its schedule is refused. */
export async function lakeNameFault(storage: Storage): Promise<Finding[]> {
  try {
    if (await readLakeName(storage)) return [];
    const mend = `put the former one back, {"id":"…","form":1}: the schedule's settings (npx fernlake schedule show) hold the id`;
    return [{ where: LAKE_KEY, what: `is gone: ${mend}` }];
  } catch (error) {
    if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
    return [{ where: LAKE_KEY, what: error.message }];
  }
}

/**
 * The table holds one object an hour, each of an hour that is known, and nothing else: engines read all that lies there.
 * The Parquet files are a table of their own; there, the ledger must name each.
 */
export async function straysIn(
  storage: Storage,
  dataset: string,
  open: ReadonlyMap<Hour, unknown>,
  ledgerOf: (hour: Hour) => Ledger | undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const key of storage.keys(tablePrefix(dataset))) {
    const hour = hourOfPartition(key);
    if (!hour || key !== tableKey(dataset, hour))
      findings.push({ where: key, what: 'does not belong into the table' });
    else if (!ledgerOf(hour) && !open.has(hour)) findings.push({ where: key, what: 'has no ledger' });
  }
  for await (const key of storage.keys(parquetPrefix(dataset))) {
    const hour = hourOfPartition(key);
    if (!hour || key !== parquetKey(dataset, hour))
      findings.push({ where: key, what: 'does not belong among the Parquet files' });
    else if (!ledgerOf(hour)?.parquet && !open.has(hour))
      findings.push({ where: key, what: 'is in no ledger' });
  }
  return findings;
}
