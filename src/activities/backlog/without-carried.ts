import { readAnswer } from '../fetch/answer-reader.js';
import type { QuarantineEntry } from '../../dataset/reason.js';
import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import { isFernlakeError } from '../../errors.js';
import { addHours, type Hour } from '../../dataset/hour.js';
import {
  arrivalHour,
  ledgerKey,
  ledgerPrefix,
  quarantineHourPrefix,
  quarantineKey,
  quarantinePrefix,
  rawNameOf,
  segmentHourPrefix,
  segmentsPrefix,
  slotOfSegment,
} from '../../lake/keys.js';
import { valueOf } from '../../lake/outcome.js';
import { UnreadableElement } from '../../dataset/unreadable.js';
import type { Storage } from '../../storage/port.js';
import { storedSegment } from '../../lake/segments.js';
import { readLedger } from '../../lake/ledgers.js';
import { ledgerHourAt, quarantinedNameAt, segmentHourAt } from '../../lake/names.js';
import { damageIn } from '../../lake/damage.js';
import { readRaw } from '../../lake/answers.js';
import { readQuarantine } from '../../lake/quarantine.js';
import type { ReadingDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';
import { readAhead } from '../read-ahead.js';
import type { FindResult } from './find-types.js';

/** Ledgers and heads of segments: on S3 each is some 15 ms of waiting. */
const READS_AT_ONCE = 8;
/**
 * How far from their arrival answers are looked for. Nearly all show records of the hours around it; those of a source that
 * tells a local time, within fourteen hours.
 */
const NEAR_HOURS = [1, 15] as const;

export type Uncarried = Pick<FindResult, 'raws' | 'again'>;
const NONE: Uncarried = { raws: [] };

/** What the caller knows, and what it does with the answer. */
interface Known {
  /** As in FindInput. */
  readonly passed?: string | undefined;
  /** The caller carries what is not found, and does not ask again. */
  readonly carriesAgain?: boolean;
}

/**
 * Which of these answers (names, ascending) nobody has carried: no segment (outside of the passed run) and
 * no ledger names them, and quarantine does not account for all of their records. An answer that could not be
 * read may be readable today, so it counts, too.
 *
 * Ledgers far from the arrival are read only while they are no more than the names in question: an answer
 * without records is named by none of them, and in a lake of years it costs less to carry an answer again,
 * which changes nothing. The same holds for segments far from the arrival, if whoever asks carries again.
 */
export async function withoutCarried(
  deps: ReadingDeps,
  dataset: string,
  names: readonly string[],
  { passed, carriesAgain }: Known = {},
): Promise<Uncarried> {
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || last === undefined) return NONE;
  const { storage } = deps;
  const left = new Set(names);
  const quarantined: string[] = [];
  const range = { startAfter: quarantineHourPrefix(dataset, arrivalHour(first)) };
  for await (const key of storage.keys(quarantinePrefix(dataset), range)) {
    const name = quarantinedNameAt(dataset, key);
    if (name !== undefined && name > last) break;
    if (name !== undefined && left.has(name)) quarantined.push(name);
  }
  const [from, to] = [arrivalHour(first), arrivalHour(last)];
  const reachMax = NEAR_HOURS.at(-1)!;
  const around: Hours = { from: addHours(from, -reachMax), to: addHours(to, reachMax) };
  const openNear = await segmentsOf(storage, dataset, around, NO_HOURS, passed);
  await strikeOut(left, openNear, (key) => rawsOfSegment(storage, dataset, key));
  let near: Hours = NO_HOURS;
  for (const reach of NEAR_HOURS) {
    if (left.size === 0) return NONE;
    const wider = { from: addHours(from, -reach), to: addHours(to, reach) };
    const ledgers = await ledgersOf(storage, dataset, wider, near);
    await strikeOut(left, ledgers, (hour) => rawsOfLedger(storage, dataset, hour));
    near = wider;
  }
  if (left.size === 0) return NONE;
  const openMax = carriesAgain ? left.size : Number.POSITIVE_INFINITY;
  const openFar = await segmentsOf(storage, dataset, ALL_HOURS, around, passed, openMax + 1);
  if (openFar.length <= openMax)
    await strikeOut(left, openFar, (key) => rawsOfSegment(storage, dataset, key));
  let again = false;
  const unnamed = quarantined.filter((name) => left.has(name));
  for await (const [name, lacks] of readAhead(unnamed, READS_AT_ONCE, (each) => lackOf(deps, dataset, each)))
    if (lacks === 'nothing') left.delete(name);
    else if (lacks === 'all of it') again = true;
  if (left.size === 0) return NONE;
  const far = await ledgersOf(storage, dataset, ALL_HOURS, near, left.size + 1);
  if (far.length <= left.size) await strikeOut(left, far, (hour) => rawsOfLedger(storage, dataset, hour));
  return { raws: names.filter((name) => left.has(name)), ...(again ? { again } : {}) };
}

/**
 * What else must stand in the lake of an answer that has a quarantine object: everything, where it could not
 * be read and today's code can read it; else its records with an hour, where that hour's ledger or segment is
 * lost.
 */
async function lackOf(
  { storage, keyRing, form }: ReadingDeps,
  dataset: string,
  name: string,
): Promise<'nothing' | 'an hour' | 'all of it'> {
  const body = valueOf(await readRaw(storage, dataset, name));
  if (body === undefined) return 'nothing';
  const stored = valueOf(await readQuarantine(storage, quarantineKey(dataset, name))) ?? [];
  if (stored[0]?.reason === 'unreadable-answer')
    return readAnswer(body, form.answers).elements.some(isWholeAnswer) ? 'nothing' : 'all of it';
  const table = new EntryTable();
  const { refusals } = new WindowCompactor(form).compact(
    answerOf(await keyRing(), form.answers, name, body),
    table,
  );
  const before = new Map(stored.map(({ index, reason }) => [index, reason]));
  const now = new Map(refusals.map(({ index, reason }) => [index, reason]));
  const withHour = table.index.subarray(0, table.count);
  return withHour.every((index) => isWithoutHour(before.get(index), now.get(index))) ? 'nothing' : 'an hour';
}

/** Whether the record had no readable hour when it went into quarantine: only a redrive can land it. */
const isWithoutHour = (
  stored: QuarantineEntry['reason'] | undefined,
  now: QuarantineEntry['reason'] | undefined,
): boolean => stored !== undefined && stored !== 'conflicting-duplicate' && stored !== now;

const isWholeAnswer = (element: unknown): boolean =>
  element instanceof UnreadableElement && element.reason === 'unreadable-answer';

interface Hours {
  readonly from: Hour | '';
  readonly to: Hour | '';
}
const NO_HOURS: Hours = { from: '', to: '' };
const ALL_HOURS: Hours = { from: '', to: '9999-12-31T23' as Hour };

/** The segments of these hours, both included, without those of `but` and of the passed run; up to `countMax` of them. */
async function segmentsOf(
  storage: Storage,
  dataset: string,
  { from, to }: Hours,
  but: Hours,
  passed: string | undefined,
  countMax = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const startAfter = from === '' ? '' : segmentHourPrefix(dataset, from);
  const found: string[] = [];
  for await (const key of storage.keys(segmentsPrefix(dataset), { startAfter })) {
    const hour = segmentHourAt(dataset, key);
    if (hour === undefined) continue;
    if (hour > to || found.length === countMax) break;
    if ((hour < but.from || hour > but.to) && !isOfRun(slotOfSegment(key), passed)) found.push(key);
  }
  return found;
}

const isOfRun = (slot: string, run: string | undefined): boolean =>
  run !== undefined && (slot === run || slot.startsWith(`${run}-`));

/** Those of these hours, both included, that have a ledger, without those of `but`; up to `countMax` of them. */
async function ledgersOf(
  storage: Storage,
  dataset: string,
  { from, to }: Hours,
  but: Hours,
  countMax = Number.POSITIVE_INFINITY,
): Promise<Hour[]> {
  // Behind all ledgers of earlier hours.
  const startAfter = from === '' ? '' : ledgerKey(dataset, from).slice(0, -'.json'.length);
  const found: Hour[] = [];
  for await (const key of storage.keys(ledgerPrefix(dataset), { startAfter })) {
    const hour = ledgerHourAt(dataset, key);
    if (hour === undefined) continue;
    if (hour > to || found.length === countMax) break;
    if (hour < but.from || hour > but.to) found.push(hour);
  }
  return found;
}

/** Takes away the names that these objects tell, until none is left. */
async function strikeOut<T>(
  left: Set<string>,
  keys: readonly T[],
  namesIn: (key: T) => Promise<readonly string[]>,
): Promise<void> {
  if (left.size === 0) return;
  const pulse = currentPulse();
  for await (const [, names] of readAhead(keys, READS_AT_ONCE, namesIn)) {
    pulse.beat();
    for (const name of names) left.delete(name);
    if (left.size === 0) return;
  }
}

/** None where it is damaged: what it named is carried again, and the hour made anew. */
async function rawsOfLedger(storage: Storage, dataset: string, hour: Hour): Promise<readonly string[]> {
  const found = await readLedger(storage, dataset, hour);
  if (found.kind === 'damaged')
    currentPulse().warn('a ledger is damaged: its hour is made anew', { ...found });
  return (valueOf(found)?.ledger.raw ?? []).map(rawNameOf);
}

/**
 * None where it is gone in the meantime: then it is sealed, and carrying its answers again changes nothing. None where it is damaged,
 * either.
 */
async function rawsOfSegment(storage: Storage, dataset: string, key: string): Promise<readonly string[]> {
  try {
    const hour = segmentHourAt(dataset, key);
    return (await storedSegment(key, () => storage.open(key), hour)).header.raws;
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return [];
    if (!damageIn(error)) throw error;
    currentPulse().warn('a segment is damaged: its answers are carried again', { key });
    return [];
  }
}
