import { isFernlakeError } from '../domain/errors.js';
import { addHours, type Hour, hourOfPartition } from '../domain/hour.js';
import {
  arrivalHour,
  ledgerKey,
  ledgerPrefix,
  quarantineHourPrefix,
  quarantineKey,
  quarantinePrefix,
  rawKey,
  rawNameOf,
  rawPrefix,
  segmentsPrefix,
  slotOfSegment,
} from '../domain/lake-keys.js';
import { decodeLedger } from '../domain/ledger.js';
import { LIMITS } from '../domain/limits.js';
import { decodeQuarantine } from '../domain/quarantine.js';
import { compactWindow, decryptWindow, parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import type { Activities } from './contract.js';
import type { FindResult, SealedInput } from './reprocess-contract.js';
import type { ActivityDeps } from './deps.js';
import { storedSegment } from './hour-files.js';
import { quarantinedNameAt, rawNameAt, readPacked, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

/** Answers that stand in no ledger, no segment and no quarantine object: nobody has carried them. */
export const createFindUncarried =
  (
    { storage }: Pick<ActivityDeps, 'storage'>,
    namesMax: number = LIMITS.findRawsMax,
  ): Activities['findUncarried'] =>
  async ({ dataset, after, passedSlots = [] }) => {
    const pulse = currentPulse();
    const startAfter = after === null ? '' : rawKey(dataset, after);
    const names: string[] = [];
    let more = false;
    for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
      const name = rawNameAt(dataset, key);
      if (name === undefined) continue;
      if (names.length === namesMax) {
        more = true;
        break;
      }
      names.push(name);
      if (names.length % BEAT_NAMES === 0) pulse.beat();
    }
    const raws = await withoutCarried(storage, dataset, names, new Set(passedSlots));
    return { raws, next: more ? (names.at(-1) ?? null) : null };
  };

/** Answers of which something in quarantine would be judged otherwise today: a key came, or a rule. */
export const createFindRedrivable =
  ({
    storage,
    keyRing,
    urls,
  }: Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>): Activities['findRedrivable'] =>
  async ({ dataset, after }) => {
    const ring = await keyRing();
    return await page({ storage, dataset, after, ...QUARANTINE }, async (name, key) => {
      const text = (await readPacked(storage, key))?.toString('utf8') ?? '';
      const stored = decodeQuarantine(text).filter((entry) => entry.reason !== 'conflicting-duplicate');
      if (stored.length === 0) return false;
      const body = await readRaw(storage, dataset, name);
      if (!body) return false;
      const { refusals } = compactWindow(decryptWindow(name, parseWindow(body), ring), urls);
      const now = new Map(refusals.map(({ index, reason }) => [index, reason]));
      return stored.some(({ index, reason }) => now.get(index) !== reason);
    });
  };

/** The sealed hours of a range, in pages of `hoursMax` for whoever says behind which hour to go on. */
export const createListSealed =
  (
    { storage }: Pick<ActivityDeps, 'storage'>,
    hoursMax: number = LIMITS.sealedHoursMax,
  ): Activities['listSealed'] =>
  async (input) => {
    const pulse = currentPulse();
    const paged = input.after !== undefined;
    const hours: Hour[] = [];
    for await (const hour of sealedHoursOf(storage, input)) {
      pulse.beat();
      if (paged && hours.length === hoursMax) return { hours, next: hours.at(-1) ?? null };
      hours.push(hour);
    }
    return paged ? { hours, next: null } : hours;
  };

/** Ascending, by the ledgers that are there. */
export async function* sealedHoursOf(
  storage: Storage,
  { dataset, from, to, after }: SealedInput,
): AsyncGenerator<Hour> {
  const startAfter = after ? ledgerKey(dataset, after) : '';
  for await (const key of storage.keys(ledgerPrefix(dataset), { startAfter })) {
    const hour = hourOfPartition(key);
    if (hour && (from === null || hour >= from) && (to === null || hour <= to)) yield hour;
  }
}

/** Names between two signs of life. */
const BEAT_NAMES = 100;

interface Place {
  readonly prefixOf: (dataset: string) => string;
  readonly keyOf: (dataset: string, name: string) => string;
  readonly nameAt: (dataset: string, key: string) => string | undefined;
}
const QUARANTINE: Place = { prefixOf: quarantinePrefix, keyOf: quarantineKey, nameAt: quarantinedNameAt };

/** The next names that are wanted, ascending; other files that lie there are passed over. */
async function page(
  where: Place & { readonly storage: Storage; readonly dataset: string; readonly after: string | null },
  wanted: (name: string, key: string) => Promise<boolean>,
): Promise<FindResult> {
  const { storage, dataset, after, prefixOf, keyOf, nameAt } = where;
  const pulse = currentPulse();
  const startAfter = after === null ? '' : keyOf(dataset, after);
  const raws: string[] = [];
  for await (const key of storage.keys(prefixOf(dataset), { startAfter })) {
    pulse.beat();
    const name = nameAt(dataset, key);
    if (name === undefined || !(await wanted(name, key))) continue;
    raws.push(name);
    if (raws.length === LIMITS.surveyRawsMax) return { raws, next: name };
  }
  return { raws, next: null };
}

/** Of these names, ascending, those that stand in no quarantine object, no segment and no ledger. */
async function withoutCarried(
  storage: Storage,
  dataset: string,
  names: readonly string[],
  passedSlots: ReadonlySet<string>,
): Promise<readonly string[]> {
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return [];
  const left = new Set(names);
  const pulse = currentPulse();
  const range = { startAfter: quarantineHourPrefix(dataset, arrivalHour(first)) };
  for await (const key of storage.keys(quarantinePrefix(dataset), range)) {
    const name = quarantinedNameAt(dataset, key);
    if (name !== undefined && name > last) break;
    if (name !== undefined) left.delete(name);
  }
  for await (const key of storage.keys(segmentsPrefix(dataset))) {
    if (left.size === 0) break;
    if (passedSlots.has(slotOfSegment(key))) continue;
    pulse.beat();
    for (const raw of await rawsOfSegment(storage, key)) left.delete(raw);
  }
  // Nearly all answers show records of the hours around their arrival: in a lake of years only those are read.
  const near: [Hour, Hour] = [addHours(arrivalHour(first), -1), addHours(arrivalHour(last), 1)];
  const isNear = (hour: Hour): boolean => hour >= near[0] && hour <= near[1];
  for (const wanted of [isNear, (hour: Hour) => !isNear(hour)]) {
    if (left.size === 0) break;
    for await (const key of storage.keys(
      ledgerPrefix(dataset),
      wanted === isNear ? { startAfter: beforeHour(dataset, near[0]) } : {},
    )) {
      const hour = hourOfPartition(key);
      if (wanted === isNear && hour && hour > near[1]) break;
      if (!hour || !wanted(hour)) continue;
      pulse.beat();
      const { raw } = decodeLedger((await storage.get(key)).body.toString('utf8'));
      for (const rawObject of raw) left.delete(rawNameOf(rawObject));
      if (left.size === 0) break;
    }
  }
  return names.filter((name) => left.has(name));
}

/** A key in front of the hour's ledger, and behind all of earlier hours. */
const beforeHour = (dataset: string, hour: Hour): string =>
  ledgerKey(dataset, hour).slice(0, -'.json'.length);

/** Gone in the meantime: then it is sealed, and carrying its answers again changes nothing. */
async function rawsOfSegment(storage: Storage, key: string): Promise<readonly string[]> {
  try {
    return (await storedSegment(key, () => storage.open(key))).header.raws;
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return [];
    throw error;
  }
}
