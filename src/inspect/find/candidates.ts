import { addHours, type Hour, hourStartMs } from '../../dataset/hour.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { containsId } from '../../lake/id-ranges.js';
import { hoursBefore, sealedFrom } from '../../lake/hours.js';
import type { Ledger } from '../../lake/ledger.js';
import { readLedger } from '../../lake/ledgers.js';
import { newestHours } from '../../lake/newest-ledgers.js';
import { valueOf } from '../../lake/outcome.js';
import type { Storage } from '../../storage/port.js';

/** A clock that is a little off, and late records, put an id some hours from where its neighbours are. */
const NEIGHBOURS = 3;
const HOUR_MS = 3_600_000;

/** Whether the ledger says something of the id: it lies between those of the hour, or never came. */
export const speaksOf = ({ ids }: Ledger, id: RecordId): boolean =>
  isMissing(ids, id) ||
  (ids.first !== null &&
    ids.last !== null &&
    compareIds(ids.first, id) <= 0 &&
    compareIds(id, ids.last) <= 0);

const isMissing = ({ missing }: Ledger['ids'], id: RecordId): boolean =>
  typeof id === 'number' && containsId(missing, id);

/**
 * Ledgers of the hours in which a record with this id most likely is, the likeliest first: ids of most APIs ascend with time, so the
 * place is found by halving, with some 20 listings and reads, however old the lake is. Where ids do not ascend, it may be in another.
 */
export async function likelyLedgers(
  storage: Storage,
  dataset: string,
  id: RecordId,
  nowMs: number,
): Promise<Ledger[]> {
  const [newest] = await newestHours(storage, dataset, 1, nowMs);
  const oldest = await firstFrom(storage, dataset, '');
  if (newest === undefined || oldest === undefined) return [];
  const ledgerFrom = async (hour: Hour): Promise<Ledger | undefined> => {
    for await (const sealed of sealedFrom(storage, dataset, hour)) {
      const ledger = valueOf(await readLedger(storage, dataset, sealed))?.ledger;
      // An hour without a known id does not tell which way to go.
      if (ledger && ledger.ids.last !== null) return ledger;
    }
    return undefined;
  };
  let low = 0;
  let high = (hourStartMs(newest) - hourStartMs(oldest)) / HOUR_MS;
  let best: Ledger | undefined;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const ledger = await ledgerFrom(addHours(oldest, middle));
    if (ledger === undefined || compareIds(ledger.ids.last!, id) >= 0) {
      best = ledger ?? best;
      high = middle - 1;
    } else low = (hourStartMs(ledger.hour) - hourStartMs(oldest)) / HOUR_MS + 1;
  }
  const at = best?.hour ?? newest;
  const around = [
    ...(await hoursBefore(at, NEIGHBOURS, (from) => sealedFrom(storage, dataset, from))).reverse(),
    ...(await nextHours(storage, dataset, addHours(at, best ? 1 : 0))),
  ];
  const others = await Promise.all(around.map((hour) => readLedger(storage, dataset, hour)));
  return [best, ...others.map((found) => valueOf(found)?.ledger)].filter((ledger) => ledger !== undefined);
}

async function firstFrom(storage: Storage, dataset: string, from: Hour | ''): Promise<Hour | undefined> {
  for await (const hour of sealedFrom(storage, dataset, from)) return hour;
  return undefined;
}

async function nextHours(storage: Storage, dataset: string, from: Hour): Promise<Hour[]> {
  const hours: Hour[] = [];
  for await (const hour of sealedFrom(storage, dataset, from)) {
    hours.push(hour);
    if (hours.length === NEIGHBOURS) break;
  }
  return hours;
}
