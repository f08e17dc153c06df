import { type Behaviour, checkShares, drawBehaviour, type Shares } from './misbehaviour.js';
import type { SourceServerOptions } from './options.js';
import type { Feed } from './window.js';

/** What a request gets: how to behave, and which records (indices, both included) are in the window. */
export interface Turn {
  readonly request: number;
  readonly behaviour: Behaviour;
  readonly from: number;
  readonly to: number;
}

/** Decides what each request gets. */
export interface Desk {
  readonly next: (elapsedMs: number) => Turn;
  readonly script: (behaviours: readonly Behaviour[]) => void;
  readonly setFail: (shares: Shares) => void;
  status(): {
    readonly requests: number;
    readonly answers: Readonly<Record<string, number>>;
    readonly scripted: number;
  };
}

export const WINDOW_DEFAULT = 100;

export function createDesk(options: SourceServerOptions, feed: Feed, seed: number): Desk {
  const window = options.window ?? WINDOW_DEFAULT;
  const answers: Record<string, number> = {};
  let scripted: readonly Behaviour[] = [];
  let shares: Shares = options.fail ?? {};
  let requests = 0;
  let shownTo: number | undefined;
  checkShares(shares);

  const behaviourAt = (elapsedMs: number): Behaviour => {
    const [first, ...rest] = scripted;
    if (first !== undefined) {
      scripted = rest;
      return first;
    }
    const outage = options.outages?.find(({ fromMs, toMs }) => elapsedMs >= fromMs && elapsedMs < toMs);
    return outage?.behaviour ?? drawBehaviour(shares, seed, requests);
  };

  const next = (elapsedMs: number): Turn => {
    const behaviour = behaviourAt(elapsedMs);
    const newest = feed.newestIndex(elapsedMs);
    const to = behaviour === 'stalled' ? (shownTo ?? newest) : newest;
    shownTo = to;
    answers[behaviour] = (answers[behaviour] ?? 0) + 1;
    return { request: requests++, behaviour, from: Math.max(0, to - window + 1), to };
  };

  return {
    next,
    script: (behaviours) => {
      scripted = [...scripted, ...behaviours];
    },
    setFail: (given) => {
      checkShares(given);
      shares = given;
    },
    status: () => ({ requests, answers: { ...answers }, scripted: scripted.length }),
  };
}
