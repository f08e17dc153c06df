import type { RecordForm } from '../../dataset/form.js';
import type { AnswerIds } from '../compact/answer-ids.js';
import type { Beside } from './draft.js';
import type { Edge, Edges } from './edges.js';
import { GapAbove, GapBelow } from './gap.js';
import { addHours, type Hour } from '../../dataset/hour.js';
import {
  highestBelow,
  type IdRange,
  lowestAbove,
  normalizeRanges,
  rangesOf,
  subtractRanges,
} from '../../lake/id-ranges.js';
import { arrivalMs } from '../../lake/keys.js';
import type { Storage } from '../../storage/port.js';
import { HoursById } from './hours-by-id.js';
import { IdSearch } from './id-search.js';
import type { NearArchive } from './near-archive.js';

/** Answers on either side of the one that shows an id in which others near it are looked for. */
const REACH_ANSWERS = 32;
/** So many answers back, where no lower id is found within `REACH_ANSWERS`. */
const FAR_ANSWERS = 512;
const STEP_ANSWERS = 8;
/** Gaps of one seal for which hours far off are looked for. */
const FAR_GAPS_MAX = 32;
/** Answers of which one seal tells another. */
const TOLD_MAX = 64;

/** The hour, and where to look. */
export interface Place {
  readonly storage: Storage;
  readonly archive: NearArchive;
  readonly form: RecordForm;
  readonly dataset: string;
  readonly hour: Hour;
  /** What is known of its ids. */
  readonly ids: readonly IdRange[];
  /** What was found to be missing before; empty where that is not to be trusted. */
  readonly known: readonly IdRange[];
  /** The answers that show it, ascending. */
  readonly raws: readonly string[];
  /** Answers far away that may show ids in its gaps, as other seals or its own ledger have told. */
  readonly told: readonly string[];
}

export interface Missing {
  readonly ranges: readonly IdRange[];
  /** Of the answers that were told, those that show ids in the gaps. */
  readonly told: readonly string[];
}

/**
 * What an hour with contiguous ids misses: for each of its ids, those below it that never came, down to the next id that
 * came with a readable hour. Ids and times need not run in step, so these may be of any hour.
 *
 * The archive is the truth, and an answer that shows an id mostly shows the one below: one read for each end of a run, and a
 * listing with up to 64 further reads only where something seems to be missing.
 */
export async function missingBelow(place: Place, edges: Edges, before: Before | undefined): Promise<Missing> {
  const { archive, hour, ids, known } = place;
  const low = [...edges.low, ...belowFirst(ids, edges, before)];
  await archive.read([...new Set(low.map(({ raw }) => raw))]);
  const judged: GapBelow[] = [];
  const unsure: GapBelow[] = [];
  for (const { id, raw } of low) {
    // What is shown again, and has no row, looks as if it were new.
    const gap = new GapBelow(id, hour, highestBelow(ids, id), id === before?.first ? before.since : raw);
    for (const answer of await archive.read([raw])) if (answer) gap.take(raw, answer);
    if (!isKnown(gap.sought(), known)) await lookAround(archive, raw, gap);
    (isKnown(gap.sought(), known) ? judged : unsure).push(gap);
  }
  const isOpen = (gap: GapBelow): boolean => gap.sought().length > 0;
  await lookIntoAnswers(archive, endsOf(place.raws), unsure);
  const told = await lookIntoTold(place, unsure.filter(isOpen));
  await lookIntoHours(place, unsure.filter(isOpen));
  const found = [...judged, ...unsure].flatMap((gap) => gap.missing());
  return { ranges: normalizeRanges([...subtractRanges(known, ids), ...found]), told };
}

/** What the hour's ledger says of its ids so far. */
export interface Before {
  readonly first: number | null;
  /** The first of its answers. */
  readonly since: string;
}

/** Below the hour's former first id there may have been nothing from which to count; now there is. */
function belowFirst(ids: readonly IdRange[], { high }: Edges, before: Before | undefined): Edge[] {
  const first = before?.first ?? null;
  const next = first === null ? undefined : high.find(({ id }) => lowestAbove(ids, id) === first);
  return next && first !== null ? [{ id: first, raw: next.raw }] : [];
}

const isKnown = (sought: readonly IdRange[], known: readonly IdRange[]): boolean =>
  subtractRanges(sought, known).length === 0;

async function lookAround(archive: NearArchive, raw: string, gap: GapBelow): Promise<void> {
  const isOver = (): boolean => gap.sought().length === 0;
  const take = (answer: AnswerIds, name: string): void => gap.take(name, answer);
  if (await readUntil(archive, await namesAround(archive, raw), take, isOver)) return;
  if (!gap.isBottom) return;
  const far = (await archive.before(raw, FAR_ANSWERS)).slice(REACH_ANSWERS);
  await readUntil(archive, far, take, () => !gap.isBottom);
}

/** The answers near one, the nearest first. */
async function namesAround(archive: NearArchive, raw: string): Promise<string[]> {
  const [before, after] = [await archive.before(raw, REACH_ANSWERS), await archive.after(raw, REACH_ANSWERS)];
  return Array.from({ length: REACH_ANSWERS }, (_, i) => [before[i], after[i]])
    .flat()
    .filter((name) => name !== undefined);
}

/** Reads answers until `isOver`; false where that did not happen. */
async function readUntil(
  archive: NearArchive,
  names: readonly string[],
  take: (answer: AnswerIds, name: string) => void,
  isOver: () => boolean,
): Promise<boolean> {
  for (let at = 0; at < names.length && !isOver(); at += STEP_ANSWERS) {
    const some = names.slice(at, at + STEP_ANSWERS);
    for (const [i, answer] of (await archive.read(some)).entries()) if (answer) take(answer, some[i]!);
  }
  return isOver();
}

/** Answers of which other seals have told; resolves to those that tell something of these gaps. */
async function lookIntoTold({ archive, told }: Place, gaps: readonly GapBelow[]): Promise<string[]> {
  if (gaps.length === 0) return [];
  const used: string[] = [];
  for (const [i, answer] of (await archive.read(told)).entries()) {
    const before = JSON.stringify(gaps.map((gap) => gap.sought()));
    if (answer) for (const gap of gaps) gap.take(told[i]!, answer);
    if (JSON.stringify(gaps.map((gap) => gap.sought())) !== before) used.push(told[i]!);
  }
  return used;
}

/**
 * Records that came late stand elsewhere in the archive. They are mostly of hours nearby, or of those around
 * the id: these are looked into, with the first and last of their answers, which show refused records, too.
 */
async function lookIntoHours<G extends GapBelow | GapAbove>(
  { storage, archive, form, dataset, hour }: Place,
  gaps: readonly G[],
): Promise<void> {
  if (gaps.length === 0) return;
  const hours = new HoursById(storage, dataset, hour);
  for (const beside of await hours.around(gaps.slice(0, FAR_GAPS_MAX).map((gap) => gap.placeId))) {
    const search = new IdSearch(normalizeRanges(gaps.flatMap((gap) => gap.sought())), form);
    await search.lookInto(storage, dataset, beside);
    for (const gap of gaps) gap.takeFrom(search.found(), beside);
    await lookIntoAnswers(archive, endsOf(search.raws()), gaps);
  }
}

async function lookIntoAnswers(
  archive: NearArchive,
  names: readonly string[],
  gaps: readonly (GapBelow | GapAbove)[],
): Promise<void> {
  if (gaps.length === 0) return;
  for (const [i, answer] of (await archive.read(names)).entries())
    if (answer) for (const gap of gaps) gap.take(names[i]!, answer);
}

/**
 * The first and the last of the answers that show an hour: those in between are next to answers that were
 * looked at.
 */
const endsOf = (raws: readonly string[]): string[] => [
  ...new Set([...raws.slice(0, STEP_ANSWERS), ...raws.slice(-STEP_ANSWERS)]),
];

/**
 * Hours that hold the next id above an id that is new to this hour: they were charged with ids that the new
 * one fills or splits.
 */
export async function besideAbove(place: Place, high: readonly Edge[]): Promise<Beside[]> {
  const { archive, hour, ids } = place;
  await archive.read([...new Set(high.map(({ raw }) => raw))]);
  const gaps: GapAbove[] = [];
  for (const { id, raw } of high) {
    const own = lowestAbove(ids, id);
    const gap = new GapAbove(id, own === undefined ? undefined : { id: own, hour }, raw);
    gaps.push(gap);
    const take = (answer: AnswerIds, name: string): void => gap.take(name, answer);
    for (const answer of await archive.read([raw])) if (answer) take(answer, raw);
    if (!gap.isClosed) await readUntil(archive, await namesAround(archive, raw), take, () => gap.isClosed);
  }
  const open = gaps.filter((gap) => !gap.isClosed);
  await lookIntoAnswers(archive, endsOf(place.raws), open);
  await lookIntoHours(
    place,
    open.filter((gap) => !gap.isClosed),
  );
  const beside = new Map<Hour, Beside>();
  for (const gap of gaps) {
    const other = gap.next?.hour;
    if (other === undefined || other === hour) continue;
    const before = beside.get(other);
    const raws = new Set([...(before?.raws ?? []), ...(open.includes(gap) ? [gap.raw] : [])]);
    beside.set(other, {
      hour: other,
      missing: normalizeRanges([...(before?.missing ?? []), ...gap.missing()]),
      arrivedMs: Math.max(before?.arrivedMs ?? 0, arrivalMs(gap.raw)),
      raws: [...raws].sort().slice(-TOLD_MAX),
    });
  }
  return [...beside.values()];
}

/**
 * For ids that may have holes: what the hour misses between two neighbouring answers of the archive, where
 * the second begins in this hour and after everything that the answers before it show. `suspects`: answers
 * that may be such.
 */
export async function missingBetween(place: Place, suspects: readonly string[]): Promise<IdRange[]> {
  const { storage, archive, dataset, hour, ids, known } = place;
  const lost: IdRange[] = [];
  for (const raw of suspects) {
    const [answer] = await archive.read([raw]);
    const first = answer?.lowest;
    if (first?.hour !== hour) continue;
    const [next, ...further] = await archive.before(raw, REACH_ANSWERS);
    const [neighbour] = next === undefined ? [] : await archive.read([next]);
    // A neighbour that could not be read tells nothing about the ids above it.
    if (neighbour?.highest === undefined || neighbour.highest + 1 >= first.id) continue;
    const earlier = [neighbour, ...(await archive.read(further))];
    const newest = Math.max(...earlier.map((each) => each?.highest ?? 0));
    if (newest + 1 >= first.id) continue;
    const search = new IdSearch([[newest + 1, first.id - 1]], place.form);
    for (const each of [...earlier, ...(await archive.read(await archive.after(raw, REACH_ANSWERS))), answer])
      for (const id of each?.between(newest + 1, first.id - 1) ?? []) search.note(id);
    for (const beside of [addHours(hour, -1), addHours(hour, 1)])
      await search.lookInto(storage, dataset, beside);
    lost.push(...search.left());
  }
  return subtractRanges(normalizeRanges([...known, ...lost]), ids);
}

/**
 * What is still missing once these answers are read: they may show an id in a record without an hour, which
 * no seal of its own would report.
 */
export async function stillMissing(
  archive: NearArchive,
  known: readonly IdRange[],
  raws: readonly string[],
): Promise<readonly IdRange[]> {
  if (known.length === 0) return known;
  const homeless = (await archive.read(raws)).flatMap((answer) => answer?.homeless ?? []);
  return subtractRanges(known, rangesOf(homeless));
}

/** The answers in which the hour's new segments show the first id after a gap. */
export const suspectsOf = (told: readonly IdRange[], { low }: Edges): string[] => [
  ...new Set(low.filter(({ id }) => told.some(([, to]) => to === id - 1)).map(({ raw }) => raw)),
];

/** For ids that may have holes: a late record fills a gap of its own hour or of one beside it. */
export const besideInTime = (hour: Hour): Beside[] =>
  [addHours(hour, -1), addHours(hour, 1)].map((other) => ({
    hour: other,
    missing: [],
    arrivedMs: null,
    raws: [],
  }));
