import { CancellationScope, condition, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { FetchInput, Polled } from '../activities/fetch/activity.js';
import { pollQueue } from '../activities/fetch/poll-queue.js';
import type { Observation } from '../activities/fetch/observation.js';
import { threeFigures } from '../figures.js';
import { LIMITS } from '../limits.js';
import { nextPace, type PaceLimits, type PaceState } from '../activities/fetch/pace.js';
import { askFor, firstPages, type PageState, type PageStep, refusePage, takePage } from './pages.js';
import {
  codeOf,
  isCancellation,
  isTerminal,
  reasonOf,
  rawOf,
  retryAfterMsOf,
  sourceCodeOf,
  statusOf,
} from './failures.js';
import type { EtlMemory, EtlReport, EtlSettings, EtlStatus, SourceDown } from './messages.js';
import { pollPriority } from './priorities.js';
import type { Slot } from './slot.js';
import { dueAfterRefusal, quietSummary, refusedAgain } from './source-down.js';
import { FETCH_ATTEMPTS_MIN_MS, LINGER_MS, REPORT_MS, SHORT_WAIT_MS, TIMEOUTS } from './timeouts.js';

const { fetch } = proxyActivities<Activities>(TIMEOUTS.fetch);
/** A poll that is on its way when the run is done gets this long to be noted; then the next slot finds it in the archive. */
const LAST_POLL_MS = 2_000;
const REPORT_LATE_MS = 500;

/**
 * The poll phase: fetch, durable timer, fetch, … It goes on past the slot's end for as long as the run has something to
 * carry, since at a high rate the window would be gone before the next run starts.
 */
export class Poller {
  polls = 0;
  fresh = 0;
  readonly lost: EtlReport['lost'][number][] = [];
  lostCount = 0;
  /** Set when no further attempt will help: the lake refuses, not the source. No answer of the source ends polling. */
  terminal: unknown;
  pace: PaceState;
  /** Of a source that can be asked for more than its newest records. */
  pages: PageState | undefined;
  /** How it took the last question for a page; null: as it should. */
  trouble: string | null = null;
  /** null: the source answers. */
  down: SourceDown | null;
  /** Set when all attempts of a poll failed. */
  lastError: unknown;
  /** Nothing more is due in this slot. */
  over = false;
  private stopped = false;
  private stalled = false;
  private asked = false;
  private readonly scope = new CancellationScope();
  private running: Promise<void> | undefined;

  constructor(
    private readonly settings: EtlSettings,
    private readonly slot: Slot,
    memory: Pick<EtlMemory, 'pace' | 'pages' | 'down'>,
    private readonly onAnswer: (name: string) => void,
  ) {
    this.pace = memory.pace;
    if (settings.incremental) this.pages = memory.pages ?? firstPages(memory.pace);
    this.down = memory.down;
  }

  start(): void {
    this.running = this.scope
      .run(() => this.loop())
      .catch((error: unknown) => {
        // So that `stop` finds the failure, and nobody waits for ever.
        this.over = true;
        if (!isCancellation(error)) throw error;
      });
    // Awaited in stop(); until then a failure must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** Ends polling; a poll under way is waited for, briefly. Throws what the loop threw. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (!this.running) return;
    await Promise.race([
      this.running,
      condition(() => false, LAST_POLL_MS, { summary: 'let the last poll end' }),
    ]);
    this.scope.cancel();
    await this.running;
  }

  pollNow(): void {
    this.asked = true;
  }

  status(): Omit<EtlStatus, 'kind' | 'pending'> {
    return {
      down: this.down,
      polls: this.polls,
      fresh: this.fresh,
      newestId: this.pace.newestId,
      ratePerSecond: this.pace.ratePerSecond,
      nextPollAtMs: this.pace.dueAtMs,
      lastError: this.lastError === undefined ? null : reasonOf(this.lastError),
    };
  }

  private async loop(): Promise<void> {
    while (!this.stopped && this.terminal === undefined) {
      const { dueAtMs } = this.pace;
      if (Math.max(dueAtMs, Date.now()) >= this.slot.endMs) this.over = true;
      const waitMs = dueAtMs - Date.now();
      if (waitMs > SHORT_WAIT_MS) {
        await condition(() => this.stopped || this.asked, waitMs, { summary: this.waitSummary(waitMs) });
        if (this.stopped) return;
      }
      await this.poll();
    }
    this.over = true;
  }

  private async poll(): Promise<void> {
    const askedAtMs = Date.now();
    const leftMs = this.slot.endMs - askedAtMs;
    try {
      const result = await fetch.executeWithOptions(
        {
          scheduleToCloseTimeout: Math.max(leftMs, FETCH_ATTEMPTS_MIN_MS),
          summary: this.fetchSummary(),
          priority: pollPriority(this.settings.dataset),
          taskQueue: pollQueue(workflowInfo().taskQueue),
        },
        [this.question()],
      );
      const { later = [], ...first } = result;
      for (const polled of [first, ...later]) this.take(polled);
    } catch (error) {
      // Any other error is thrown at once: to try again would let this loop spin without end.
      if (codeOf(error) === undefined || isCancellation(error)) throw error;
      this.lastError = error;
      this.refuse(error, askedAtMs);
      log.warn('no answer from the source', { code: codeOf(error) ?? 'Bug', why: reasonOf(error) });
    }
  }

  private question(): FetchInput {
    const { dataset } = this.settings;
    const { newestId, shownBy, dueAtMs, intervalMs } = this.pace;
    const isDue = this.asked || dueAtMs <= Date.now();
    this.asked = false;
    const { pages, settings } = this;
    if (pages && settings.incremental)
      return { dataset, ...askFor(pages, settings.incremental), ...(isDue ? {} : { dueAtMs }) };
    const isShort = intervalMs <= SHORT_WAIT_MS;
    return {
      dataset,
      afterId: newestId,
      ...(shownBy === null ? {} : { afterAnswer: shownBy }),
      ...(isDue ? {} : { dueAtMs }),
      ...(isShort ? { goOn: this.goOn(isDue) } : {}),
    };
  }

  /** A round through Temporal may take longer than the interval: the worker asks by itself, and the run hears of it now and then. */
  private goOn(isDue: boolean): NonNullable<FetchInput['goOn']> {
    const { endMs } = this.slot;
    const nowMs = Date.now();
    // At once with the first, for which the run waits; and past the slot's end soon, for then the run is to end soon, too.
    const reportMs =
      this.polls === 0 ? 0 : nowMs < endMs ? Math.min(REPORT_MS, endMs - nowMs) : REPORT_LATE_MS;
    return {
      pace: isDue ? { ...this.pace, dueAtMs: Math.min(this.pace.dueAtMs, nowMs) } : this.pace,
      limits: this.limits(),
      untilMs: nowMs + reportMs,
      lingerMs: Math.min(LINGER_MS, this.settings.slotMs),
    };
  }

  private limits(): PaceLimits {
    const { pollMinMs, pollMaxMs, pollMode, contiguousIds } = this.settings;
    return { pollMinMs, pollMaxMs, mode: pollMode, contiguousIds };
  }

  private refuse(error: unknown, askedAtMs: number): void {
    const { pollMinMs } = this.settings;
    const code = sourceCodeOf(error);
    const nowMs = Date.now();
    const raw = rawOf(error);
    if (raw !== undefined) this.onAnswer(raw);
    let dueAtMs = nowMs + pollMinMs;
    if (code !== undefined) {
      const refusal = { code, why: reasonOf(error), askedAtMs, retryAfterMs: retryAfterMsOf(error) };
      this.down = refusedAgain(this.down, refusal, nowMs);
      dueAtMs = dueAfterRefusal(this.down, nowMs, pollMinMs);
      const { incremental } = this.settings;
      if (this.pages && incremental) this.turn(refusePage(this.pages, incremental, statusOf(error)));
    } else if (isTerminal(error)) this.terminal = error;
    this.pace = { ...this.pace, dueAtMs };
  }

  private turn({ state, trouble }: Pick<PageStep, 'state' | 'trouble'>): void {
    this.pages = state;
    this.trouble = trouble;
    if (trouble !== null) log.warn(trouble);
  }

  private take(result: Polled): void {
    const { name, observation, page } = result;
    if (this.down !== null) log.info('the source answers again', { downSinceMs: this.down.sinceMs });
    this.down = null;
    this.polls += 1;
    this.fresh += observation.fresh;
    if (observation.records > 0) this.onAnswer(name);
    const { incremental, contiguousIds } = this.settings;
    if (!this.pages || !incremental || !page) return this.adjust(name, observation);
    const step = takePage(this.pages, { name, observation, page }, incremental, contiguousIds);
    this.turn(step);
    if (step.seen === null) this.pace = { ...this.pace, dueAtMs: Date.now() };
    else this.adjust(name, step.seen, incremental.limit ?? step.state.largest);
  }

  /** Paces what follows by an answer, or by pages taken together. */
  private adjust(name: string, observation: Observation, pageRecords?: number): void {
    const own = pageRecords === undefined ? {} : { pageRecords };
    const step = nextPace(this.pace, observation, { ...this.limits(), ...own });
    // The worker's clock may be ahead of the server's: never wait for longer than the interval itself.
    const dueAtMs = Math.min(step.state.dueAtMs, Date.now() + step.state.intervalMs);
    if (step.stalled && !this.stalled) {
      log.warn('the source has stalled: it answers, but nothing new comes', {
        newestId: step.state.newestId,
      });
    }
    this.stalled = step.stalled;
    this.pace = { ...step.state, dueAtMs };
    if (step.lost) {
      this.lost.push(step.lost);
      this.lostCount += step.lost.to - step.lost.from + 1;
      if (this.lost.length > LIMITS.reportItemsMax) this.lost.shift();
      log.error('records are lost: the window moved past them before they were fetched', {
        ...step.lost,
        raw: name,
      });
    }
    if (step.passed) {
      this.lostCount += 1;
      log.error('records are lost: no id of the poll before is shown any more', { atLeast: 1, raw: name });
    }
    if (step.rewound)
      log.warn('the newest id went back: is this another source, or was it reset?', { raw: name });
  }

  /**
   * The summary that Temporal shows while the poll runs: what is known of the window, and how much news to
   * expect.
   */
  private fetchSummary(): string {
    const { newestId, window, ratePerSecond, askedAtMs } = this.pace;
    const { chain, mark } = this.pages ?? {};
    if (chain) return `fetch page ${chain.pages + 1}, on the way to what is newest`;
    if (typeof mark?.id === 'number') return `fetch what came after ${mark.id}`;
    const isRateKnown = ratePerSecond !== null && askedAtMs !== null && window > 0;
    if (!isRateKnown)
      return newestId === null
        ? 'fetch the newest records'
        : `fetch ${window || 'the'} records, new ones after ${newestId}`;
    const expected = (ratePerSecond * Math.max(0, Date.now() - askedAtMs)) / 1000;
    return `fetch ${window} records, about ${Math.min(window, Math.round(expected))} new${newestId === null ? '' : ` after ${newestId}`}`;
  }

  private waitSummary(waitMs: number): string {
    const { ratePerSecond, stillPolls } = this.pace;
    const seconds = (waitMs / 1000).toFixed(waitMs < 10_000 ? 1 : 0);
    if (this.down) return quietSummary(this.down, seconds);
    if (stillPolls > 0) return `sleep ${seconds} s: nothing new in ${stillPolls} polls`;
    if (ratePerSecond === null) return `sleep ${seconds} s: the rate is not known yet`;
    return `sleep ${seconds} s, about half a window at ${threeFigures(ratePerSecond)} records/s`;
  }
}
