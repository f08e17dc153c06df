import { LOG_FORM } from '../../support/forms.js';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addHours, type Hour, hourEndMs } from '../../../src/dataset/hour.js';
import { ledgerKey, parquetKey } from '../../../src/lake/keys.js';
import { encodeLedger, type Ledger } from '../../../src/lake/ledger.js';
import type { TempLake } from '../../support/lake.js';

export const DATASET = 'logs';

const PARQUET_BYTES_A_ROW = 36;

/**
 * Ledgers of `count` hours from `first` on, as plausible as a real archive's: days and nights, and now and then a loss.
 * `parquet`: with a file of zeros, of the right size, where the hour's Parquet would be.
 */
export function writeLedgers(
  { dir }: TempLake,
  first: string,
  count: number,
  { parquet = false, dataset = DATASET }: { readonly parquet?: boolean; readonly dataset?: string } = {},
): void {
  let firstId = 98_830;
  const folders = new Set<string>();
  for (let i = 0; i < count; i += 1) {
    const hour = addHours(first as Hour, i);
    const ledger = ledgerOfHour(dataset, hour, i, firstId);
    firstId = Number(ledger.ids.last ?? firstId) + 1;
    // Every 700th hour nobody worked.
    if (i % 700 === 650) continue;
    const file = path.join(dir, ledgerKey(dataset, hour));
    const folder = path.dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    writeFileSync(file, encodeLedger(ledger));
    if (parquet) writeZeros(path.join(dir, parquetKey(dataset, hour)), ledger.landed * PARQUET_BYTES_A_ROW);
  }
}

/** They take no room on the disk. */
function writeZeros(file: string, sizeBytes: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const handle = openSync(file, 'w');
  ftruncateSync(handle, sizeBytes);
  closeSync(handle);
}

function ledgerOfHour(dataset: string, hour: Hour, i: number, firstId: number): Ledger {
  const wave = 1 + 0.6 * Math.sin(((i % 24) / 24) * 2 * Math.PI - 2) + 0.1 * Math.sin(i / 7);
  const ids = Math.round(5_000 * wave);
  const missingCount = i % 97 === 5 ? 12 : i % 331 === 40 ? 300 : i % 1_511 === 90 ? Math.floor(ids / 2) : 0;
  const undecryptable = i % 53 === 11 ? 7 : 0;
  const wrongType = i % 211 === 17 ? 3 : 0;
  const landed = ids - missingCount - undecryptable - wrongType;
  const duplicates = Math.round(landed * 1.1);
  const late = i % 19 === 3 ? Math.round(landed / 40) : 0;
  const missingFrom = firstId + 100;
  return {
    ...{
      dataset,
      hour,
      revision: late > 0 ? 2 : 1,
      code: 'fernlake test',
      definition: LOG_FORM.definition,
      contiguous: true,
      erased: 0,
      landed,
      duplicates,
      late,
    },
    sealedAt: new Date(
      hourEndMs(hour) + 300_000 + (i % 13) * 9_000 + (late > 0 ? 3_000_000 : 0),
    ).toISOString(),
    seen: landed + duplicates + undecryptable + wrongType,
    quarantined: {
      ...(undecryptable > 0 ? { undecryptable } : {}),
      ...(wrongType > 0 ? { 'wrong-type': wrongType } : {}),
    },
    ids: {
      first: firstId,
      last: firstId + ids - 1,
      missing: missingCount > 0 ? [[missingFrom, missingFrom + missingCount - 1]] : [],
      missingCount,
    },
    complete: landed / (landed + missingCount),
    object: null,
    sizes: { json: landed * 274, compact: landed * 217, gzip: landed * 44 },
    keys: { deadbeef: landed },
    raw: [`raw/${dataset}/year=2023/month=04/day=20/hour=13/20230420T131206.819Z-0123456789ab.json.gz`],
  };
}
