import { addHours, type Hour, hourOf } from '../../dataset/hour.js';
import { arrivalMs, compactTime, rawHourPrefix, rawPrefix } from '../../lake/keys.js';
import { LIMITS } from '../../limits.js';
import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import { readAnswer } from '../fetch/answer-reader.js';
import type { Storage } from '../../storage/port.js';
import type { ReadingDeps } from '../deps.js';
import { valueOf } from '../../lake/outcome.js';
import { readRaw } from '../../lake/answers.js';
import pMap from 'p-map';
import { openFrom } from '../../lake/hours.js';
import { namesInLedger } from '../../lake/ledgers.js';
import { rawNameAt } from '../../lake/names.js';
import { namesInSegments, type StoredSegment } from '../../lake/segments.js';
import { sealedBefore } from './hour-files.js';
import { currentPulse } from '../pulse.js';
import { withoutCarried } from '../backlog/without-carried.js';

export interface AccountedHour {
  readonly dataset: string;
  readonly hour: Hour;
  /**
   * Answers that arrived up to this instant (ms since 1970) must be accounted for, even those after the last
   * known one.
   */
  readonly throughMs: number;
}

/** Hours before and after this one in which its answers may be known, too. */
const NEAR_HOURS = 3;
/**
 * Where no hour before this one is known: so far back from its first answer forgotten ones are looked for.
 */
const REACH_MS = 48 * 3_600_000;
/** Answers among those of the hour that are known only to hours further away; an orderly source has none. */
const HOLES_MAX = 32;
const READS_AT_ONCE = 8;
/** In front of every raw name. */
const EARLIEST = compactTime(0);

export interface Accounted {
  readonly forgotten: readonly string[];
  /**
   * Answers of the hour's time that are known to quarantine alone, as far as can be seen: no seal speaks of
   * what they show.
   */
  readonly alone: readonly string[];
}

/**
 * Answers that could show a record of this hour and that nobody has carried, ascending, at most LIMITS.forgottenMax: their segments
 * were removed, or the lake is an older copy, or the marks of a run moved past them. The archive is the truth: every answer from
 * the last one of the hour before up to the last one of this hour must stand in a segment, a ledger or quarantine, or hold
 * no record. And where an answer stands only with the hour next to it, its records of this hour may be gone with their
 * segment: those at both edges are opened and looked at.
 *
 * Asked at an hour's first seal, so that each hour closes the archive up to itself. On S3 that is some six requests.
 */
export async function findForgotten(
  deps: ReadingDeps,
  at: AccountedHour,
  segments: readonly StoredSegment[],
): Promise<Accounted> {
  const { storage } = deps;
  const { dataset, hour } = at;
  const own = new Set(segments.flatMap(({ header }) => header.raws));
  const near = await nearSegments(storage, dataset, hour);
  const before = await hourBefore(storage, dataset, hour, near);
  const names = await namesBetween(storage, at, own, before.raws);
  const elsewhere = new Elsewhere(deps, dataset, hour, near, before);
  const { unknown, alone } = await elsewhere.withoutKnown(names.filter((name) => !own.has(name)));
  const lost = await withRecords(deps, dataset, unknown);
  const beside = await besidesToCarry(deps, at, { own, names, before, unknown: new Set(unknown) });
  return { forgotten: [...new Set([...lost, ...beside])].sort().slice(0, LIMITS.forgottenMax), alone };
}

/**
 * For a rebuilt hour: the other hours (`beside`) that its answers show and that know nothing of them, since
 * their ledger is gone or an older copy. Returns those answers, ascending. No search by names finds them, as
 * this hour knows them. As a rule this reads the ledgers of the two hours next to this one.
 */
export async function forgottenBeside(
  storage: Storage,
  dataset: string,
  beside: ReadonlyMap<Hour, readonly string[]>,
): Promise<readonly string[]> {
  const lackingOf = async ([hour, names]: readonly [Hour, readonly string[]]): Promise<readonly string[]> => {
    const unknownTo = (known: readonly string[]): readonly string[] => {
      const has = new Set(known);
      return names.filter((name) => !has.has(name));
    };
    const sealed = await namesInLedger(storage, dataset, hour);
    if (unknownTo(sealed).length === 0) return [];
    const open = await namesInSegments(storage, dataset, hour);
    // The ledgers once more, after the segments: an hour may have been sealed in between.
    return unknownTo([...open, ...(await namesInLedger(storage, dataset, hour))]);
  };
  const lacking = await pMap(beside, lackingOf, { concurrency: READS_AT_ONCE });
  return [...new Set(lacking.flat())].sort().slice(0, LIMITS.forgottenMax);
}

interface HourBefore {
  readonly hour: Hour | undefined;
  /** The answers that showed its records. */
  readonly raws: ReadonlySet<string>;
}

/** The open hours around this one: `hour` to the raw names in its segments. */
type NearSegments = ReadonlyMap<Hour, readonly string[]>;

async function nearSegments(storage: Storage, dataset: string, hour: Hour): Promise<NearSegments> {
  const [from, to] = [addHours(hour, -NEAR_HOURS), addHours(hour, NEAR_HOURS)];
  const hours: Hour[] = [];
  for await (const found of openFrom(storage, dataset, from)) {
    if (found > to) break;
    if (found !== hour) hours.push(found);
  }
  const near = await pMap(
    hours,
    async (each) => [each, await namesInSegments(storage, dataset, each)] as const,
    {
      concurrency: READS_AT_ONCE,
    },
  );
  return new Map(near);
}

/** The nearest hour before this one of which anything stands in the lake. Its segments were read before its ledger is. */
async function hourBefore(
  storage: Storage,
  dataset: string,
  hour: Hour,
  near: NearSegments,
): Promise<HourBefore> {
  const open = [...near.keys()]
    .filter((each) => each < hour)
    .sort()
    .at(-1);
  const sealed = await sealedBefore(storage, dataset, hour);
  const before = [open, sealed]
    .filter((each) => each !== undefined)
    .sort()
    .at(-1);
  if (before === undefined) return { hour: undefined, raws: new Set() };
  const names = before === sealed ? await namesInLedger(storage, dataset, before) : [];
  return { hour: before, raws: new Set([...names, ...(near.get(before) ?? [])]) };
}

/**
 * The archive's names from the last answer of the hour before to the last one of this hour (or to
 * `throughMs`, if that is later). Later answers may still be on their way.
 */
async function namesBetween(
  storage: Storage,
  { dataset, throughMs }: AccountedHour,
  own: ReadonlySet<string>,
  before: ReadonlySet<string>,
): Promise<readonly string[]> {
  const pulse = currentPulse();
  const sorted = [...own].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  const lastBefore = [...before].sort().at(-1);
  // `~` sorts after every hash of that millisecond. Where nothing is left of the hour, nothing says when its
  // answers arrived, so all of them are looked at.
  const through = last === undefined ? '~' : [`${compactTime(throughMs)}~`, last].sort().at(-1)!;
  const reach = first === undefined ? EARLIEST : compactTime(arrivalMs(first) - REACH_MS);
  const start = [lastBefore ?? reach, first ?? through].sort()[0]!;
  const from = start < reach ? reach : start;
  const names: string[] = [];
  const startAfter = `${rawHourPrefix(dataset, hourOf(arrivalMs(from)))}${from.slice(0, -1)}`;
  for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
    const name = rawNameAt(dataset, key);
    if (name === undefined) continue;
    if (name > through) break;
    names.push(name);
    if (names.length % 1_000 === 0) pulse.beat();
  }
  return names;
}

/** Whether answers stand with other hours: first the hours around this one, which as a rule are enough; then all of the lake. */
class Elsewhere {
  constructor(
    private readonly deps: ReadingDeps,
    private readonly dataset: string,
    private readonly hour: Hour,
    private readonly near: NearSegments,
    private readonly before: HourBefore,
  ) {}

  /** `alone`: those that are known, but of no hour around this one. */
  async withoutKnown(
    names: readonly string[],
  ): Promise<{ unknown: readonly string[]; alone: readonly string[] }> {
    const open = new Set([...this.near.values()].flat());
    let left = names.filter((name) => !open.has(name) && !this.before.raws.has(name));
    for (let distance = 1; distance <= NEAR_HOURS && left.length > 0; distance += 1) {
      for (const hour of [addHours(this.hour, distance), addHours(this.hour, -distance)]) {
        if (hour === this.before.hour || left.length === 0) continue;
        const known = new Set(await namesInLedger(this.deps.storage, this.dataset, hour));
        left = left.filter((name) => !known.has(name));
      }
    }
    if (left.length === 0) return { unknown: [], alone: [] };
    const { raws: unknown } = await withoutCarried(this.deps, this.dataset, left);
    const isUnknown = new Set(unknown);
    return { unknown, alone: left.filter((name) => !isUnknown.has(name)) };
  }
}

/** Answers that hold records. An empty answer has the same bytes each time, so it is read once. */
async function withRecords(
  { storage, form }: ReadingDeps,
  dataset: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const pulse = currentPulse();
  const empty = new Map<string, boolean>();
  const kept: string[] = [];
  for (const name of names) {
    pulse.beat();
    const content = name.slice(name.indexOf('-'));
    let isEmpty = empty.get(content);
    if (isEmpty === undefined) {
      const body = valueOf(await readRaw(storage, dataset, name));
      // `verify` names one that cannot be read; it holds nothing up.
      isEmpty = !body || readAnswer(body, form.answers).elements.length === 0;
      empty.set(content, isEmpty);
    }
    if (!isEmpty) kept.push(name);
    if (kept.length === LIMITS.forgottenMax) break;
  }
  return kept;
}

interface Surroundings {
  readonly own: ReadonlySet<string>;
  readonly names: readonly string[];
  readonly before: HourBefore;
  readonly unknown: ReadonlySet<string>;
}

/** Answers that only a neighbouring hour knows though they show records of this hour; and the reverse. */
async function besidesToCarry(
  deps: ReadingDeps,
  { dataset, hour }: AccountedHour,
  { own, names, before, unknown }: Surroundings,
): Promise<readonly string[]> {
  const sorted = [...own].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  const found: string[] = [];
  /** Goes on until one shows nothing of the hour. */
  const lookAt = async (candidates: readonly string[], of: Hour): Promise<void> => {
    for (const name of candidates) {
      currentPulse().beat();
      if (!(await shows(deps, dataset, name, of))) return;
      found.push(name);
    }
  };
  const known = (name: string): boolean => !own.has(name) && !unknown.has(name);
  const inFront = [...before.raws].filter((name) => known(name) && (first === undefined || name < first));
  await lookAt(inFront.sort().reverse(), hour);
  if (first !== undefined && last !== undefined) {
    const behind = names.filter((name) => name > last && known(name));
    await lookAt(behind.slice(0, HOLES_MAX), hour);
    const holes = names.filter((name) => name > first && name < last && known(name));
    for (const hole of holes.slice(0, HOLES_MAX)) await lookAt([hole], hour);
  }
  const lastBefore = [...before.raws].sort().at(-1);
  if (before.hour !== undefined && lastBefore !== undefined)
    await lookAt(sorted.filter((name) => name > lastBefore).slice(0, HOLES_MAX), before.hour);
  return found;
}

/** Whether the answer shows a record of the hour. */
async function shows(
  { storage, keyRing, form }: ReadingDeps,
  dataset: string,
  name: string,
  hour: Hour,
): Promise<boolean> {
  const body = valueOf(await readRaw(storage, dataset, name));
  if (!body) return false;
  const answer = answerOf(await keyRing(), form.answers, name, body);
  return new WindowCompactor(form).compact(answer, new EntryTable(), hour).entries > 0;
}
