import { UTC, type Zone, zoneNamed } from '../dataset/zone.js';
import { FernlakeError } from '../errors.js';
import { ledgerPrefix } from './keys.js';
import { readLedger } from './ledgers.js';
import { ledgerHourAt } from './names.js';
import { valueOf } from './outcome.js';
import type { Storage } from '../storage/port.js';

/** Ledgers looked at until one can be read. */
const LOOKED_AT_MAX = 10;

/**
 * The zone that the dataset's local times are read in: the one that its ledgers name, so that reading a lake needs no setting; in a
 * lake without one, the setting. Throws `Configuration` where the two differ: a record read in both would land in two hours.
 */
export async function zoneOfLake(
  storage: Storage,
  { dataset, zone }: { readonly dataset: string; readonly zone: Zone | undefined },
): Promise<Zone> {
  const found = await zoneInLedgers(storage, dataset);
  if (found === undefined) return zone ?? UTC;
  if (zone === undefined || zone.name === found.name) return zoneNamed(found.name);
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `FERNLAKE_ZONE is ${zone.name}, and ${found.key} says that times without a zone are ${found.name} in this dataset: a record ` +
      'read in both would land in two hours. Leave the setting out; to read them anew, copy the archive into another lake (npx fernlake copy … --only raw/) and reprocess there',
  );
}

async function zoneInLedgers(
  storage: Storage,
  dataset: string,
): Promise<{ readonly key: string; readonly name: string } | undefined> {
  let left = LOOKED_AT_MAX;
  for await (const key of storage.keys(ledgerPrefix(dataset))) {
    const hour = ledgerHourAt(dataset, key);
    const ledger = hour && valueOf(await readLedger(storage, dataset, hour))?.ledger;
    if (ledger) return { key, name: ledger.zone ?? UTC.name };
    left -= 1;
    if (left === 0) return undefined;
  }
  return undefined;
}
