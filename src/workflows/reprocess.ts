import {
  continueAsNew,
  executeChild,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Hour } from '../dataset/hour.js';
import { HourSet } from '../dataset/hour-set.js';
import { count, duration } from '../figures.js';
import { compactTime } from '../lake/keys.js';
import { show } from './attributes.js';
import type { carryPiece } from './carry-piece.js';
import {
  type ReprocessEarlier,
  type ReprocessInput,
  type ReprocessResult,
  type ReprocessStatus,
  reprocessStatus,
  setAtOnce,
} from './messages.js';
import { atOnceAPiece, cutIntoPieces, inWindow, piecesFor } from './pieces.js';
import { arrivals, type Page, sealedHours } from './plan.js';
import { reprocessPriority } from './priorities.js';
import { AT_ONCE_A_WORKER, leftMs } from './reprocess-status.js';
import { Reprocessed } from './reprocessed.js';
import type { sealPiece } from './seal-piece.js';

/**
 * Computes hours again from the raw archive, by the same steps to the same bytes. It may run beside the live
 * schedule: both write through the same segments and seals, which know every appearance by name, so no row
 * can double.
 *
 * The work is cut into pieces, each a child workflow that any worker takes: first hours of arrival, from which
 * everything is carried (`carryPiece`), then event hours, which are sealed (`sealPiece`). A run whose history has
 * grown large goes on as a new one (`earlier`).
 */
export async function reprocess(input: ReprocessInput, earlier?: ReprocessEarlier): Promise<ReprocessResult> {
  return await new Reprocess(input, earlier).run();
}

class Reprocess {
  readonly #result: Reprocessed;
  readonly #touched: HourSet;
  readonly #run: string;
  #step: ReprocessStatus['step'];
  #behind: Hour | null;
  #done: number;
  #total = 0;
  #stepStartedMs: number;
  #atOnce: number;
  #watermarkMs: number | null;

  constructor(
    private readonly input: ReprocessInput,
    earlier: ReprocessEarlier | undefined,
  ) {
    const { startTime, runId } = workflowInfo();
    this.#result = new Reprocessed(earlier?.result);
    this.#touched = new HourSet(earlier?.touched);
    this.#run = earlier?.run ?? `${compactTime(startTime.getTime())}-${runId.slice(0, 4)}`;
    this.#step = earlier?.step ?? 'carry';
    this.#behind = earlier?.behind ?? null;
    this.#done = earlier?.done ?? 0;
    this.#stepStartedMs = earlier?.stepStartedMs ?? Date.now();
    this.#atOnce = earlier?.atOnce ?? input.atOnce ?? AT_ONCE_A_WORKER;
    this.#watermarkMs = earlier?.watermarkMs ?? null;
    setHandler(reprocessStatus, () => this.#status(), {
      description: 'How far it is, what changed, and what could not be done.',
    });
    setHandler(setAtOnce, (atOnce) => void (this.#atOnce = atOnce), {
      description: 'How many activities are under way at once from now on, over all workers.',
    });
  }

  async run(): Promise<ReprocessResult> {
    const { input } = this;
    show(input.searchAttributes, { dataset: input.dataset, state: 'running' });
    if (this.#step === 'carry') {
      await this.#pageByPage((behind) => arrivals(input, behind, piecesFor(this.#atOnce)), this.#carry);
      this.#step = 'seal';
      this.#behind = null;
      this.#done = 0;
      this.#stepStartedMs = Date.now();
    }
    let isSealed = new HourSet();
    await this.#pageByPage(
      async (behind) => {
        isSealed = await sealedHours(input.dataset, behind);
        return { hours: this.#hoursToSeal(isSealed, behind), next: null };
      },
      (hours, atOnce) => this.#seal(hours, atOnce, isSealed),
    );
    this.#step = 'done';
    setCurrentDetails(this.#result.summary());
    show(input.searchAttributes, { records: this.#result.carried, state: 'done' });
    return this.#result.told();
  }

  async #pageByPage(
    plan: (behind: Hour | null) => Promise<Page>,
    work: (piece: readonly Hour[], atOnce: number) => Promise<void>,
  ): Promise<void> {
    for (let next: Hour | null = this.#behind; ;) {
      const page = await plan(next);
      this.#total = this.#done + page.hours.length;
      this.#tell();
      const pieces = cutIntoPieces(page.hours, piecesFor(this.#atOnce));
      const atOnce = (): number => atOnceAPiece(this.#atOnce, pieces.length);
      const places = (): number => Math.max(1, Math.floor(this.#atOnce / atOnce()));
      const taken = await inWindow(pieces, places, async (piece) => {
        await work(piece, atOnce());
        this.#done += piece.length;
        this.#tell();
      });
      this.#behind = pieces[taken - 1]?.at(-1) ?? this.#behind;
      if (taken < pieces.length) await this.#goOnAsNew();
      if (page.next === null) return;
      next = page.next;
    }
  }

  readonly #carry = async (arrived: readonly Hour[], atOnce: number): Promise<void> => {
    const { dataset, lake, mode, contiguousIds, searchAttributes } = this.input;
    const [from, to] = [arrived[0]!, arrived.at(-1)!];
    const named = lake ? { lake } : {};
    const registered = searchAttributes ? { searchAttributes } : {};
    const done = executeChild<typeof carryPiece>('carryPiece', {
      ...this.#childOf('carry', from),
      staticSummary: `carry what of ${dataset} arrived ${spanOf(from, to)}`,
      staticDetails:
        'Looks for answers that nobody has carried, and carries them in batches. A piece of a reprocess.',
      args: [{ dataset, ...named, mode, contiguousIds, ...registered, run: this.#run, from, to, atOnce }],
    });
    await done.then(
      (result) => {
        this.#result.add(result);
        this.#touched.addAll(new HourSet(result.touched));
        const newestMs = Math.min(result.newestEventMs ?? Number.NEGATIVE_INFINITY, Date.now());
        if (result.newestEventMs !== null)
          this.#watermarkMs = Math.max(this.#watermarkMs ?? newestMs, newestMs);
      },
      (error: unknown) => this.#result.failAt(`answers that arrived ${spanOf(from, to)}`, error),
    );
  };

  /** What was touched, and of a rebuild the sealed hours of the range. */
  #hoursToSeal(sealed: HourSet, behind: Hour | null): readonly Hour[] {
    const { from, to, mode } = this.input;
    const hours = new HourSet();
    for (const hour of this.#touched) if (behind === null || hour > behind) hours.add(hour);
    if (mode === 'rebuild')
      for (const hour of sealed)
        if ((from === null || hour >= from) && (to === null || hour <= to)) hours.add(hour);
    return [...hours];
  }

  async #seal(hours: readonly Hour[], atOnce: number, isSealed: HourSet): Promise<void> {
    const { dataset, lake, latenessMs, idleMs, contiguousIds, searchAttributes } = this.input;
    const [again, first] = [new HourSet(), new HourSet()];
    for (const hour of hours) (isSealed.has(hour) ? again : first).add(hour);
    const [from, to] = [hours[0]!, hours.at(-1)!];
    const named = lake ? { lake } : {};
    const registered = searchAttributes ? { searchAttributes } : {};
    const piece = { again: again.stored(), first: first.stored(), watermarkMs: this.#watermarkMs, atOnce };
    const done = executeChild<typeof sealPiece>('sealPiece', {
      ...this.#childOf('seal', from),
      staticSummary: `seal the hours of ${dataset} ${spanOf(from, to)}`,
      staticDetails:
        'Has each hour computed again, or sealed for the first time, by its own seal. A piece of a reprocess.',
      args: [{ dataset, ...named, latenessMs, idleMs, contiguousIds, ...registered, ...piece }],
    });
    await done.then(
      (result) => this.#result.add(result),
      (error: unknown) => this.#result.failAt(`hours ${spanOf(from, to)}`, error),
    );
  }

  /** Named for this run: of one that was ended before, children may still be on their way out. */
  #childOf(step: string, from: Hour) {
    const workflowId = `${workflowInfo().workflowId}-${this.#run.slice(-4)}-${step}-${from}`;
    return { workflowId, priority: reprocessPriority(this.input.dataset) };
  }

  async #goOnAsNew(): Promise<never> {
    return await continueAsNew<typeof reprocess>(this.input, {
      step: this.#step === 'carry' ? 'carry' : 'seal',
      run: this.#run,
      behind: this.#behind,
      done: this.#done,
      stepStartedMs: this.#stepStartedMs,
      atOnce: this.#atOnce,
      touched: this.#touched.stored(),
      watermarkMs: this.#watermarkMs,
      result: this.#result.told(),
    });
  }

  #status(): ReprocessStatus {
    return {
      ...this.#result.told(),
      step: this.#step,
      done: this.#done,
      total: this.#total,
      stepStartedMs: this.#stepStartedMs,
      atOnce: this.#atOnce,
    };
  }

  #tell(): void {
    const { carried, hours, changed, sealed } = this.#result;
    const what =
      this.#step === 'carry'
        ? `Looking for what nobody has carried: ${count(this.#done)} of ${count(this.#total)} hours of arrival, ${count(carried)} answers carried`
        : `Sealing: ${count(this.#done)} of ${count(this.#total)} hours, ${count(hours)} computed again, ${count(changed.size)} changed, ${count(sealed)} sealed for the first time`;
    const left = leftMs(this.#status(), Date.now());
    const estimate = left === undefined ? '' : `; about ${duration(left)} left of this step`;
    setCurrentDetails(`${what}; ${this.#atOnce} activities at once${estimate}.`);
  }
}

const spanOf = (from: Hour, to: Hour): string => (from === to ? from : `${from} to ${to}`);
