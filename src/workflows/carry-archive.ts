import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { CarryInput, CarryResult } from '../activities/carry/activity.js';
import type { FindResult } from '../activities/backlog/find-types.js';
import type { Hour } from '../dataset/hour.js';
import { compactTime } from '../lake/keys.js';
import { LIMITS } from '../limits.js';
import { findAnswers } from './find-answers.js';
import { codeOf } from './failures.js';
import { isHistoryFull } from './history-size.js';
import { logFaults } from './process-batch.js';
import type { ReprocessEarlier, ReprocessInput } from './messages.js';
import type { Reprocessed } from './reprocessed.js';
import { TIMEOUTS } from './timeouts.js';

const { carry } = proxyActivities<Activities>(TIMEOUTS.process);

/** Batches carried at once: enough for the waits for storage and server to overlap, few enough for a small machine. */
const BATCHES_AT_ONCE = 4;

/**
 * Carries what nobody has carried (or, for a redrive, what can land by now) in batches, several at once, and
 * collects the hours that it touches. Returns where to go on if the run's history is full; `after` is null at
 * the end of the archive.
 */
export async function carryArchive(
  input: ReprocessInput,
  touched: Set<Hour>,
  earlier: Pick<ReprocessEarlier, 'after' | 'slots'>,
  result: Reprocessed,
): Promise<Pick<ReprocessEarlier, 'after' | 'slots'>> {
  const { dataset, mode, contiguousIds } = input;
  // Contiguous ids show a loss by themselves, and a redrive carries only some of the answers, so neighbours
  // in it are no neighbours in the archive.
  const tellsGaps = mode === 'rebuild' && !contiguousIds;
  const slot = compactTime(workflowInfo().startTime.getTime());
  const slots = [...(earlier.slots ?? []), slot];
  const answers = new Answers(input, earlier.after, slots);
  let n = 0;
  const carryBatches = async (): Promise<void> => {
    do {
      const taken = await answers.take(LIMITS.reprocessWindowsMax);
      const { again } = taken;
      let { raws, before } = taken;
      while (raws.length > 0) {
        const batch = {
          dataset,
          slot,
          n: n++,
          raws,
          ...(again ? { again } : {}),
          ...(tellsGaps ? { before } : {}),
        };
        const { hours, rest, lost } = await carryOrHalve(batch, () => n++, result);
        for (const hour of hours) touched.add(hour);
        const count = raws.length - rest.length;
        result.addCarried(count - lost);
        const next = rest[0];
        if (next !== undefined) before = raws[raws.indexOf(next) - 1] ?? before;
        raws = rest;
      }
    } while (!answers.isOver && !isHistoryFull());
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, carryBatches));
  return { after: answers.isOver ? null : answers.taken, slots };
}

type Carried = Pick<CarryResult, 'hours' | 'rest'> & {
  /** Answers that were not carried: gone, damaged, or not to be carried at all. */
  readonly lost: number;
};

/**
 * Carries a batch. If that fails, each half of it, and so on: an answer that cannot be carried is named and
 * stops no other.
 */
async function carryOrHalve(batch: CarryInput, nextN: () => number, result: Reprocessed): Promise<Carried> {
  const { raws, before = null } = batch;
  try {
    const { gone, damaged, hours, rest } = await carryBatch(batch);
    result.lose('gone', gone);
    result.lose('damaged', damaged);
    return { hours, rest, lost: gone.length + damaged.length };
  } catch (error) {
    if (raws.length === 1 || !isOfOneAnswer(error)) {
      result.failAt(nameOf(raws), error);
      return { hours: [], rest: [], lost: raws.length };
    }
  }
  const middle = raws.length >> 1;
  const first = await carryOrHalve({ ...batch, raws: raws.slice(0, middle), n: nextN() }, nextN, result);
  const behind = { ...batch, raws: raws.slice(middle), n: nextN() };
  const second = await carryOrHalve(
    'before' in batch ? { ...behind, before: raws[middle - 1] ?? before } : behind,
    nextN,
    result,
  );
  return {
    hours: [...first.hours, ...second.hours],
    rest: [...first.rest, ...second.rest],
    lost: first.lost + second.lost,
  };
}

/**
 * Whether one answer may be the reason. Otherwise it is storage or a setting, and each half would fail alike.
 */
const isOfOneAnswer = (error: unknown): boolean =>
  ['LakeCorrupt', 'LimitExceeded', 'HashMismatch', 'Bug'].includes(codeOf(error) ?? '');

const nameOf = (raws: readonly string[]): string =>
  raws.length === 1 ? `answer ${raws[0]}` : `${raws.length} answers, ${raws[0]} to ${raws.at(-1)}`;

async function carryBatch(batch: CarryInput): Promise<CarryResult> {
  const { raws } = batch;
  const carried = await carry.executeWithOptions(
    { summary: `carry ${raws.length} answer${raws.length === 1 ? '' : 's'}` },
    [batch],
  );
  logFaults(carried, batch);
  return carried;
}

/** What is to be carried, page by page. The next page is asked for while the one before is carried. */
class Answers {
  /** The last raw name handed out. */
  taken: string | null;
  isOver = false;
  #page: readonly string[] = [];
  #next = 0;
  #again = false;
  /** The answer before the page. */
  #before: string | null = null;
  #following: Promise<FindResult> | undefined;
  #turning: Promise<void> | undefined;

  constructor(
    private readonly input: ReprocessInput,
    after: string | null,
    private readonly slots: readonly string[],
  ) {
    this.taken = after;
    this.#ask(after);
  }

  /** The next `count` names, or what is left of a page, and the one before them; none at the end. */
  async take(count: number): Promise<{ raws: readonly string[]; before: string | null; again: boolean }> {
    while (this.#next === this.#page.length && !this.isOver) {
      this.#turning ??= this.#turn();
      await this.#turning;
    }
    const raws = this.#page.slice(this.#next, this.#next + count);
    const before = this.#page[this.#next - 1] ?? this.#before;
    this.#next += raws.length;
    this.taken = raws.at(-1) ?? this.taken;
    return { raws, before, again: this.#again || this.input.mode === 'redrive' };
  }

  async #turn(): Promise<void> {
    if (this.#following === undefined) this.isOver = true;
    else {
      const { raws, before, next, again } = await this.#following;
      this.#page = raws;
      this.#again = again ?? false;
      this.#before = before ?? null;
      this.#next = 0;
      this.#following = undefined;
      if (next !== null) this.#ask(next);
    }
    this.#turning = undefined;
  }

  #ask(after: string | null): void {
    this.#following = findAnswers(this.input, after, this.slots);
    // The failure is thrown where the page is awaited; until then it must not count as unhandled.
    this.#following.catch(() => undefined);
  }
}
