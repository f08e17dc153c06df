import type { Hour } from '../../dataset/hour.js';
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
  tableKey,
  tablePrefix,
} from '../../lake/keys.js';
import { LIMITS } from '../../limits.js';
import { valueOf } from '../../lake/outcome.js';
import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps, ReadingDeps } from '../deps.js';
import pMap from 'p-map';
import { ledgerHourAt, quarantinedNameAt, rawNameAt, tableHourAt } from '../../lake/names.js';
import { readQuarantine } from '../../lake/quarantine.js';
import { readRaw } from '../../lake/answers.js';
import { currentPulse } from '../pulse.js';
import { withoutCarried } from './without-carried.js';
import type { FindInput, FindResult } from './find-types.js';

/** For `reprocess`: answers that nobody has carried. */
export type FindUncarried = (input: FindInput) => Promise<FindResult>;

/** Answers with something in quarantine that could land by now. */
export type FindRedrivable = (input: FindInput) => Promise<FindResult>;

export interface SealedInput {
  readonly dataset: string;
  /** Both included; null: no bound. */
  readonly from: Hour | null;
  readonly to: Hour | null;
  /** Hour to go on behind; null: from the start. */
  readonly after: Hour | null;
}

/** `next`: the hour to go on behind; null: it was the last page. */
export interface SealedResult {
  readonly hours: readonly Hour[];
  readonly next: Hour | null;
}

/** The sealed hours of a range, page by page. */
export type ListSealed = (input: SealedInput) => Promise<SealedResult>;

/**
 * Answers that nobody has carried: they have records that stand in no ledger, no segment and no quarantine
 * object. So are those whose quarantine object is damaged: carrying them again makes it anew.
 */
export const createFindUncarried =
  (deps: ReadingDeps, namesMax: number = LIMITS.findRawsMax): FindUncarried =>
  async ({ dataset, after, passedSlots = [] }) => {
    const { storage } = deps;
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
    const uncarried = await withoutCarried(deps, dataset, names, new Set(passedSlots));
    const unread = await withDamagedQuarantine(storage, dataset, names);
    const wanted = new Set([...uncarried.raws, ...unread]);
    const raws = names.filter((name) => wanted.has(name));
    const again = uncarried.again || unread.length > 0;
    const [first] = raws;
    const before = first === undefined ? null : (names[names.indexOf(first) - 1] ?? after);
    return { raws, ...(again ? { again } : {}), before, next: more ? (names.at(-1) ?? null) : null };
  };

/** Of these names, ascending, those of a quarantine object that is damaged. */
async function withDamagedQuarantine(
  storage: Storage,
  dataset: string,
  names: readonly string[],
): Promise<string[]> {
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return [];
  const pulse = currentPulse();
  const keys: string[] = [];
  const range = { startAfter: quarantineHourPrefix(dataset, arrivalHour(first)) };
  for await (const key of storage.keys(quarantinePrefix(dataset), range)) {
    const name = quarantinedNameAt(dataset, key);
    if (name !== undefined && name > last) break;
    if (name !== undefined && name >= first) keys.push(key);
  }
  const outcomes = await pMap(
    keys,
    async (key) => {
      pulse.beat();
      return await readQuarantine(storage, key);
    },
    { concurrency: READS_AT_ONCE },
  );
  return outcomes.flatMap((found) => (found.kind === 'damaged' ? [rawNameOf(found.key)] : []));
}

const READS_AT_ONCE = 8;

/** Answers of which something in quarantine would be judged otherwise today (a key came, or a rule), or cannot be read. */
export const createFindRedrivable =
  ({ storage, keyRing, form }: ReadingDeps): FindRedrivable =>
  async ({ dataset, after }) => {
    const ring = await keyRing();
    const compactor = new WindowCompactor(form);
    return await page({ storage, dataset, after, ...QUARANTINE }, async (name, key) => {
      const found = await readQuarantine(storage, key);
      // Carried again, it is made anew.
      if (found.kind === 'damaged') return true;
      const stored = (valueOf(found) ?? []).filter((entry) => entry.reason !== 'conflicting-duplicate');
      if (stored.length === 0) return false;
      const answer = await readRaw(storage, dataset, name);
      if (answer.kind !== 'read') return false;
      const { refusals } = compactor.compact(
        answerOf(ring, form.answers, name, answer.value),
        new EntryTable(),
      );
      const now = new Map(refusals.map(({ index, reason }) => [index, reason]));
      return stored.some(({ index, reason }) => now.get(index) !== reason);
    });
  };

/** The sealed hours of a range, in pages of `hoursMax`. */
export const createListSealed =
  ({ storage }: Pick<ActivityDeps, 'storage'>, hoursMax: number = LIMITS.sealedHoursMax): ListSealed =>
  async (input) => {
    const pulse = currentPulse();
    const hours: Hour[] = [];
    for await (const hour of sealedHoursOf(storage, input)) {
      pulse.beat();
      if (hours.length === hoursMax) return { hours, next: hours.at(-1) ?? null };
      hours.push(hour);
    }
    return { hours, next: null };
  };

/** Ascending, by the ledgers and the objects that are there: of a sealed hour either may be lost. */
export async function* sealedHoursOf(
  storage: Storage,
  { dataset, from, to, after }: SealedInput,
): AsyncGenerator<Hour> {
  const startAfter = after ? ledgerKey(dataset, after) : '';
  const sealed = storage.keys(ledgerPrefix(dataset), { startAfter });
  const landed = storage.keys(tablePrefix(dataset), after ? { startAfter: tableKey(dataset, after) } : {});
  const both = ascending(
    hoursIn(sealed, (key) => ledgerHourAt(dataset, key)),
    hoursIn(landed, (key) => tableHourAt(dataset, key)),
  );
  for await (const hour of both)
    if ((from === null || hour >= from) && (to === null || hour <= to)) yield hour;
}

async function* hoursIn(
  keys: AsyncIterable<string>,
  hourAt: (key: string) => Hour | undefined,
): AsyncGenerator<Hour> {
  for await (const key of keys) {
    const hour = hourAt(key);
    if (hour) yield hour;
  }
}

/** Both ascend; an hour that is in both comes once. */
async function* ascending(a: AsyncGenerator<Hour>, b: AsyncGenerator<Hour>): AsyncGenerator<Hour> {
  try {
    let [nextA, nextB] = [await a.next(), await b.next()];
    while (!nextA.done || !nextB.done) {
      const isA = !nextA.done && (nextB.done || nextA.value <= nextB.value);
      const hour = (isA ? nextA : nextB).value as Hour;
      yield hour;
      if (!nextA.done && nextA.value === hour) nextA = await a.next();
      if (!nextB.done && nextB.value === hour) nextB = await b.next();
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
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
