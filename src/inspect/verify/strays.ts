import { type Hour, hourOfPartition } from '../../dataset/hour.js';
import { parquetKey, parquetPrefix, tableKey, tablePrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Storage } from '../../storage/port.js';
import type { Finding } from './findings.js';

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
