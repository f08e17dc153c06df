import {
  arrivalHour,
  quarantineHourPrefix,
  quarantineKey,
  quarantinePrefix,
  rawHourPrefix,
  rawKey,
  rawNameOf,
  rawPrefix,
} from '../../lake/keys.js';
import { LIMITS } from '../../limits.js';
import { valueOf } from '../../lake/outcome.js';
import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import type { Storage } from '../../storage/port.js';
import type { ReadingDeps } from '../deps.js';
import pMap from 'p-map';
import { quarantinedNameAt, rawNameAt } from '../../lake/names.js';
import { namesBefore } from '../../lake/names-before.js';
import { readQuarantine } from '../../lake/quarantine.js';
import { readRaw } from '../../lake/answers.js';
import { currentPulse } from '../pulse.js';
import { withoutCarried } from './without-carried.js';
import type { FindInput, FindResult } from './find-types.js';

/** For `reprocess`: answers that nobody has carried. */
export type FindUncarried = (input: FindInput) => Promise<FindResult>;

/** Answers with something in quarantine that could land by now. */
export type FindRedrivable = (input: FindInput) => Promise<FindResult>;

/**
 * Answers that nobody has carried: they have records that stand in no ledger, no segment and no quarantine
 * object. So are those whose quarantine object is damaged: carrying them again makes it anew.
 */
export const createFindUncarried =
  (deps: ReadingDeps, namesMax: number = LIMITS.findRawsMax): FindUncarried =>
  async ({ dataset, after, from, to, passed }) => {
    const { storage } = deps;
    const pulse = currentPulse();
    const startAfter = after !== null ? rawKey(dataset, after) : from ? rawHourPrefix(dataset, from) : '';
    const names: string[] = [];
    let more = false;
    for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
      const name = rawNameAt(dataset, key);
      if (name === undefined) continue;
      if (to !== undefined && arrivalHour(name) > to) break;
      if (names.length === namesMax) {
        more = true;
        break;
      }
      names.push(name);
      if (names.length % BEAT_NAMES === 0) pulse.beat();
    }
    const uncarried = await withoutCarried(deps, dataset, names, { passed, carriesAgain: true });
    const unread = await withDamagedQuarantine(storage, dataset, names);
    const wanted = new Set([...uncarried.raws, ...unread]);
    const raws = names.filter((name) => wanted.has(name));
    const again = uncarried.again || unread.length > 0;
    const [first] = raws;
    const before =
      first === undefined
        ? null
        : (names[names.indexOf(first) - 1] ??
          after ??
          (from ? await nameBefore(storage, dataset, first) : null));
    return { raws, ...(again ? { again } : {}), before, next: more ? (names.at(-1) ?? null) : null };
  };

/** What is searched begins in the middle of the archive: the answer before the first may stand in front of it. */
const nameBefore = async (storage: Storage, dataset: string, name: string): Promise<string | null> =>
  (await namesBefore({ storage, dataset }, name, 1))[0] ?? null;

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
  async (input) => {
    const { dataset } = input;
    const ring = await keyRing();
    const compactor = new WindowCompactor(form);
    return await quarantinedPage(storage, input, async (name, key) => {
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

/** Names between two signs of life. */
const BEAT_NAMES = 100;

/** The next names in quarantine that are wanted, ascending; other files that lie there are passed over. */
async function quarantinedPage(
  storage: Storage,
  { dataset, after, from, to }: FindInput,
  wanted: (name: string, key: string) => Promise<boolean>,
): Promise<FindResult> {
  const pulse = currentPulse();
  const startAfter =
    after !== null ? quarantineKey(dataset, after) : from ? quarantineHourPrefix(dataset, from) : '';
  const raws: string[] = [];
  for await (const key of storage.keys(quarantinePrefix(dataset), { startAfter })) {
    pulse.beat();
    const name = quarantinedNameAt(dataset, key);
    if (name === undefined) continue;
    if (to !== undefined && arrivalHour(name) > to) break;
    if (!(await wanted(name, key))) continue;
    raws.push(name);
    if (raws.length === LIMITS.surveyRawsMax) return { raws, next: name };
  }
  return { raws, next: null };
}
