import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pulse } from '../deps.js';
import type { Observation } from './observation.js';
import { nextPace, type PaceLimits, type PaceState } from './pace.js';

/** What a poll must show to be followed by another. */
interface Polled {
  readonly name: string;
  readonly observation: Observation;
}

/** What to ask on with, where the next poll is due too soon for a round through Temporal. */
export interface GoOn {
  /** As the run knows it: what was seen behind it is reported, again if need be. */
  readonly pace: PaceState;
  readonly limits: PaceLimits;
  /** To be back at this instant (ms since 1970) with what there is, or as soon behind it as there is anything. */
  readonly untilMs: number;
  /** The source is asked for so long after that, for whoever goes on: at a high rate the window is gone before it could ask. */
  readonly lingerMs: number;
}

export interface Asked<P extends Polled> {
  readonly name: string;
  readonly observation: Observation;
  /** When the answer lies in the archive: the next poll may be due before that. */
  readonly archived: Promise<P>;
}

export interface Asking<P extends Polled> {
  /** Asks once, now. */
  ask(before: Pick<PaceState, 'newestId' | 'shownBy'>, signal: AbortSignal): Promise<Asked<P>>;
  /** Names of answers in the archive behind this one. */
  namesBehind(name: string): AsyncIterable<string>;
  /** The worker is to stop. */
  readonly ended: AbortSignal | undefined;
}

/** A longer interval is waited for by the workflow. */
const SHORT_INTERVAL_MS = 2_000;
/** A clock that is off must not hold a poll up for long. */
export const WAIT_MS_MAX = 3_000;
/** Answers that are reported at once: 100 kB of a payload's 2 MiB. */
const REPORTED_MAX = 200;
/** Answers on their way to the archive, behind which no further one is asked for. */
const UNSTORED_MAX = 16;
/** Without anybody who collects, it is looked so often whether another worker asks. */
const RELIEF_MS = 1_000;

/**
 * Asks a source at its pace, by itself, while runs come and go and collect what it has seen. So polls wait neither for Temporal nor
 * for whatever else a run does, nor for the next run to begin.
 */
export class Watch<P extends Polled> {
  #chain: Chain<P> | undefined;

  constructor(private readonly asking: Asking<P>) {
    asking.ended?.addEventListener('abort', () => this.#chain?.end(), { once: true });
  }

  /** What was polled behind `pace`, at least one answer; or throws why there is none. */
  async collect({ pace, limits, untilMs, lingerMs }: GoOn, pulse: Pulse): Promise<readonly P[]> {
    if (this.#chain?.goesOnFrom(pace) !== true) {
      this.#chain?.end();
      this.#chain = new Chain(this.asking, pace);
    }
    return await this.#chain.collect({ limits, untilMs, lingerMs }, pulse);
  }
}

/** Polls, each of which is held against the one before. */
class Chain<P extends Polled> {
  /** When the last poll that is known to be known left. */
  #knownAtMs: number | null;
  #pace: PaceState;
  #limits!: PaceLimits;
  /** Behind the known one; kept until somebody shows that it knows them. */
  #seen: P[] = [];
  #last: P | undefined;
  #failure: unknown;
  #collectors = 0;
  #lingersUntilMs = 0;
  /** Where it was last looked for answers of other workers, and when; undefined since somebody collected. */
  #looked: { readonly behind: string; readonly atMs: number } | undefined;
  /** Names of answers behind that. */
  #own = new Set<string>();
  /** Settles when what is on its way to the archive is there, in order. */
  #storing: Promise<void> = Promise.resolve();
  #unstored = 0;
  /** An answer is not in the archive: what comes behind it continues nothing. */
  #isBroken = false;
  #isRunning = false;
  #isEnded = false;
  readonly #inFlight = new AbortController();
  readonly #untilEnd: { readonly signal?: AbortSignal };
  readonly #events = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly asking: Asking<P>,
    pace: PaceState,
  ) {
    this.#untilEnd = asking.ended ? { signal: asking.ended } : {};
    this.#knownAtMs = pace.askedAtMs;
    this.#pace = { ...pace, dueAtMs: Math.min(pace.dueAtMs, Date.now() + WAIT_MS_MAX) };
  }

  /** Whether what is asked here continues what the run knows; what it knows is forgotten here. */
  goesOnFrom({ askedAtMs }: PaceState): boolean {
    if (askedAtMs === null || this.#isBroken) return false;
    if (askedAtMs === this.#knownAtMs) return true;
    const at = this.#seen.findIndex(({ observation }) => observation.askedAtMs === askedAtMs);
    if (at === -1) return false;
    this.#knownAtMs = askedAtMs;
    this.#seen = this.#seen.slice(at + 1);
    return true;
  }

  end(): void {
    this.#isEnded = true;
    if (this.#collectors === 0) this.#inFlight.abort();
  }

  async collect({ limits, untilMs, lingerMs }: Omit<GoOn, 'pace'>, pulse: Pulse): Promise<readonly P[]> {
    this.#limits = limits;
    this.#collectors += 1;
    try {
      // A refusal that came after what has been reported is told first: it may have asked for quiet.
      if (this.#failure === undefined) this.#start();
      await pulse.during(this.#untilEnough(untilMs, pulse.signal));
    } catch (error) {
      // Its own error for a run that was cancelled.
      pulse.beat();
      throw error;
    } finally {
      this.#collectors -= 1;
      this.#lingersUntilMs = Date.now() + lingerMs;
      this.#looked = undefined;
      if (this.#collectors === 0 && this.#isOver()) this.#inFlight.abort();
    }
    if (this.#seen.length > 0) return this.#seen.slice(0, REPORTED_MAX);
    const failure = this.#failure;
    this.#failure = undefined;
    throw failure;
  }

  async #untilEnough(untilMs: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.#isRunning && this.#seen.length < REPORTED_MAX) {
      const leftMs = untilMs - Date.now();
      if (leftMs <= 0 && this.#seen.length > 0) return;
      const waiting = new AbortController();
      const either = { signal: signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal };
      try {
        const news = once(this.#events, 'news', either);
        const waits = leftMs > 0 ? [news, sleep(leftMs, undefined, either)] : [news];
        await Promise.race(waits.map((wait) => wait.then(() => undefined)));
      } finally {
        waiting.abort();
      }
    }
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#isRunning = false;
        this.#events.emit('news');
      });
  }

  async #run(): Promise<void> {
    try {
      do {
        const waitMs = this.#pace.dueAtMs - Date.now();
        // Cut short where the worker is to stop.
        if (waitMs > 0) await sleep(waitMs, undefined, this.#untilEnd).catch(() => undefined);
        if (await this.#isRelieved()) return;
        const { name, observation, archived } = await this.asking.ask(this.#pace, this.#inFlight.signal);
        this.#own.add(name);
        this.#pace = nextPace(this.#pace, observation, this.#limits).state;
        this.#storing = this.#note(archived, this.#storing);
        // Its failure is heard of below.
        this.#storing.catch(() => (this.#isBroken = true));
        if (this.#unstored >= UNSTORED_MAX) await this.#storing;
      } while (this.#goesOn());
    } finally {
      await this.#storing;
    }
  }

  async #note(archived: Promise<P>, before: Promise<void>): Promise<void> {
    this.#unstored += 1;
    try {
      await before;
      const polled = await archived;
      this.#last = polled;
      this.#seen.push(polled);
      this.#events.emit('news');
    } finally {
      this.#unstored -= 1;
    }
  }

  #goesOn(): boolean {
    const isWanted = this.#collectors > 0 || Date.now() < this.#lingersUntilMs;
    return (
      isWanted && !this.#isOver() && !this.#isBroken && this.#pace.dueAtMs - Date.now() <= SHORT_INTERVAL_MS
    );
  }

  #isOver(): boolean {
    return this.#isEnded || this.asking.ended?.aborted === true;
  }

  /** Whether to ask no more: nobody collects, and it is for another worker to ask, or for none. */
  async #isRelieved(): Promise<boolean> {
    if (this.#collectors > 0) return false;
    const nowMs = Date.now();
    if (this.#isOver() || nowMs >= this.#lingersUntilMs) return true;
    if (this.#looked === undefined) {
      if (this.#last) this.#lookFrom(this.#last.name, nowMs);
      return false;
    }
    if (nowMs - this.#looked.atMs < RELIEF_MS) return false;
    const { behind } = this.#looked;
    for await (const name of this.asking.namesBehind(behind)) if (!this.#own.has(name)) return true;
    this.#lookFrom(this.#last?.name ?? behind, nowMs);
    return false;
  }

  #lookFrom(behind: string, atMs: number): void {
    this.#looked = { behind, atMs };
    // Names begin with their time.
    this.#own = new Set([...this.#own].filter((name) => name > behind));
  }
}
