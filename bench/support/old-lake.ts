import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addHours, type Hour, hourOf, hourStartMs } from '../../src/dataset/hour.js';
import { ledgerKey, tableKey } from '../../src/lake/keys.js';
import { encodeLedger } from '../../src/lake/ledger.js';
import { DATASET } from '../../test/activities/bench.js';
import { START_MS } from '../data/datasets.js';

/** The newest of the old hours. */
export const END: Hour = hourOf(START_MS);
const IDS_PER_HOUR = 6_048;
/** The first id behind the old hours; nothing is missing between. */
export const NEXT_ID = 1_000_000_000;

/** Ledgers of hours number `from` to `to` before the end, so that a lake can be made older. */
export function addLedgers(dir: string, from: number, to: number): void {
  for (let back = from; back < to; back += 1) {
    const hour = addHours(END, -back);
    const first = NEXT_ID - (back + 1) * IDS_PER_HOUR;
    const key = tableKey(DATASET, hour);
    const text = encodeLedger({
      dataset: DATASET,
      hour,
      revision: 1,
      sealedAt: new Date(hourStartMs(hour) + 3_900_000).toISOString(),
      code: 'fernlake bench row 1',
      definition: '0'.repeat(12),
      contiguous: true,
      seen: IDS_PER_HOUR,
      landed: IDS_PER_HOUR,
      duplicates: 0,
      quarantined: {},
      erased: 0,
      late: 0,
      ids: { first, last: first + IDS_PER_HOUR - 1, missing: [], missingCount: 0 },
      complete: 1,
      object: { key, bytes: 264_000, sha256: '0'.repeat(64), etag: `"${back}"`, rows: IDS_PER_HOUR },
      sizes: { json: 1_650_000, compact: 1_300_000, gzip: 264_000 },
      keys: { '00000000': IDS_PER_HOUR },
      raw: [],
    });
    write(dir, ledgerKey(DATASET, hour), text);
  }
  // The system would write tens of thousands of files out while the first seals flush theirs.
  execFileSync('sync');
}

function write(dir: string, key: string, text: string): void {
  const file = path.join(dir, key);
  if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
