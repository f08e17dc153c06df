import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { CarryInput, CarryResult } from '../activities/carry/activity.js';
import type { FindResult } from '../activities/backlog/find-types.js';
import { HourSet } from '../dataset/hour-set.js';
import { count } from '../figures.js';
import { LIMITS } from '../limits.js';
import { findAnswers } from './find-answers.js';
import { codeOf } from './failures.js';
import { isHistoryFull } from './history-size.js';
import { logFaults } from './process-batch.js';
import type { CarryEarlier, CarryPiece, CarryPieceResult } from './messages.js';
import { Reprocessed } from './reprocessed.js';
import { TIMEOUTS } from './timeouts.js';

const { carry } = proxyActivities<Activities>(TIMEOUTS.process);

/** What of a piece is carried. */
export class CarriedPiece {
  readonly result: Reprocessed;
  readonly #touched: HourSet;
  #newestEventMs: number | null;
  #batches: number;
  #after: string | null;

  constructor(
    private readonly input: CarryPiece,
    earlier: CarryEarlier | undefined,
  ) {
    this.result = new Reprocessed(earlier?.result);
    this.#touched = new HourSet(earlier?.result.touched);
    this.#newestEventMs = earlier?.result.newestEventMs ?? null;
    this.#batches = earlier?.batches ?? 0;
    this.#after = earlier?.after ?? null;
  }

  told(): CarryPieceResult {
    const touched = this.#touched.stored();
    return { ...this.result.told(), touched, newestEventMs: this.#newestEventMs };
  }

  earlier(): CarryEarlier {
    return { after: this.#after, batches: this.#batches, result: this.told() };
  }

  /**
   * Carries what nobody has carried (or, for a redrive, what can land by now) in batches, several at once. Returns
   * whether that was all: it was not if this run's history is full.
   */
  async carry(): Promise<boolean> {
    const answers = new Answers(this.input, this.#after);
    const carryBatches = async (): Promise<void> => {
      do await this.#carryAll(await answers.take(LIMITS.reprocessWindowsMax));
      while (!answers.isOver && !isHistoryFull());
    };
    await Promise.all(Array.from({ length: this.input.atOnce }, carryBatches));
    this.#after = answers.taken;
    return answers.isOver;
  }

  /** Batch after batch, as far as each takes them. */
  async #carryAll({ raws, before, again }: Taken): Promise<void> {
    const { dataset, run, from, mode, contiguousIds } = this.input;
    // Contiguous ids show a loss by themselves, and a redrive carries only some of the answers, so neighbours
    // in it are no neighbours in the archive.
    const tellsGaps = mode === 'rebuild' && !contiguousIds;
    const nextN = (): number => this.#batches++;
    let left = raws;
    let last = before;
    while (left.length > 0) {
      const batch = {
        dataset,
        // Of this piece alone: pieces are carried side by side.
        slot: `${run}-${from}`,
        n: nextN(),
        raws: left,
        ...(again ? { again } : {}),
        ...(tellsGaps ? { before: last } : {}),
      };
      const { hours, rest, lost, newestEventMs } = await carryOrHalve(batch, nextN, this.result);
      this.#touched.addAll(hours);
      this.#newestEventMs = later(this.#newestEventMs, newestEventMs);
      this.result.carried += left.length - rest.length - lost;
      setCurrentDetails(`${count(this.result.carried)} answers carried.`);
      const next = rest[0];
      if (next !== undefined) last = left[left.indexOf(next) - 1] ?? last;
      left = rest;
    }
  }
}

const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

type Carried = Pick<CarryResult, 'hours' | 'rest' | 'newestEventMs'> & {
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
    const { gone, damaged, hours, rest, newestEventMs } = await carryBatch(batch);
    result.lose('gone', gone);
    result.lose('damaged', damaged);
    return { hours, rest, newestEventMs, lost: gone.length + damaged.length };
  } catch (error) {
    if (raws.length === 1 || !isOfOneAnswer(error)) {
      result.failAt(nameOf(raws), error);
      return { hours: [], rest: [], newestEventMs: null, lost: raws.length };
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
    newestEventMs: later(first.newestEventMs, second.newestEventMs),
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

interface Taken {
  readonly raws: readonly string[];
  readonly before: string | null;
  readonly again: boolean;
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
    private readonly input: CarryPiece,
    after: string | null,
  ) {
    this.taken = after;
    this.#ask(after);
  }

  /** The next `some` names, or what is left of a page, and the one before them; none at the end. */
  async take(some: number): Promise<Taken> {
    while (this.#next === this.#page.length && !this.isOver) {
      this.#turning ??= this.#turn();
      await this.#turning;
    }
    const raws = this.#page.slice(this.#next, this.#next + some);
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
    this.#following = findAnswers(this.input, after);
    // The failure is thrown where the page is awaited; until then it must not count as unhandled.
    this.#following.catch(() => undefined);
  }
}
