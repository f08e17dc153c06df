import type { Hour } from '../dataset/hour.js';
import { ledgerKey, rawNameOf } from './keys.js';
import { decodeLedger, type Ledger } from './ledger.js';
import { damaged, type Outcome, read, valueOf } from './outcome.js';
import type { Storage } from '../storage/port.js';
import { usingWhole } from './objects.js';

export interface StoredLedger {
  readonly ledger: Ledger;
  readonly etag: string;
}

/** The hour's ledger: gone when the hour was never sealed, damaged where what stands is not its ledger. */
export async function readLedger(
  storage: Storage,
  dataset: string,
  hour: Hour,
): Promise<Outcome<StoredLedger>> {
  const key = ledgerKey(dataset, hour);
  return await usingWhole(storage, key, ({ body, etag }) => {
    try {
      const ledger = decodeLedger(body.toString('utf8'));
      if (ledger.hour !== hour || ledger.dataset !== dataset)
        return damaged(key, `it is the ledger of another hour: ${ledger.dataset} ${ledger.hour}`, etag);
      return read({ ledger, etag });
    } catch {
      // What it chokes on is left out: JSON.parse quotes it.
      return damaged(key, 'it is not a ledger', etag);
    }
  });
}

/** Raw names of the answers that the hour's ledger has counted; none where it is gone or damaged. */
export async function namesInLedger(storage: Storage, dataset: string, hour: Hour): Promise<string[]> {
  return (valueOf(await readLedger(storage, dataset, hour))?.ledger.raw ?? []).map(rawNameOf);
}
