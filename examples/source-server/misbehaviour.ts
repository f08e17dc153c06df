import { draw } from './random.js';

/** Everything the API can do wrong on demand. Numbers are statuses. */
export const MISBEHAVIOURS = [
  '400',
  '401',
  '403',
  '404',
  '408',
  '425',
  '429',
  '500',
  '502',
  '503', // with Retry-After
  '504',
  'html', // an HTML page with status 200
  'truncated', // the answer's first half
  'empty',
  'object', // JSON, but no array
  'slow', // the answer, after `slowMs`
  'stalled', // the window of the last answer again, with new tokens, as if no record had come since
  'silent', // no answer at all
  'reset', // the connection is reset
  'redirect', // to another host
] as const;

export type Misbehaviour = (typeof MISBEHAVIOURS)[number];
export type Behaviour = Misbehaviour | 'ok';
export type Shares = Readonly<Partial<Record<Misbehaviour, number>>>;

/** From `fromMs` until `toMs` after the server's start every answer is this one. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly behaviour: Misbehaviour;
}

export function isBehaviour(name: unknown): name is Behaviour {
  return name === 'ok' || isMisbehaviour(name);
}

export function isMisbehaviour(name: unknown): name is Misbehaviour {
  return (MISBEHAVIOURS as readonly unknown[]).includes(name);
}

/** Throws RangeError when a share is no share or all of them are over 1. */
export function checkShares(shares: Shares): void {
  const all = Object.entries(shares);
  const wrong = all.find(([name, share]) => !isMisbehaviour(name) || !(share >= 0 && share <= 1));
  if (wrong)
    throw new RangeError(
      `no share of a misbehaviour: ${wrong[0]}=${wrong[1]}; known are ${MISBEHAVIOURS.join(', ')}`,
    );
  if (all.reduce((sum, [, share]) => sum + share, 0) > 1 + 1e-9)
    throw new RangeError('the shares add up to more than 1');
}

/** Which one the request with this number gets; depends on nothing else. */
export function drawBehaviour(shares: Shares, seed: number, request: number): Behaviour {
  let at = draw(seed, 'misbehave', request);
  for (const name of MISBEHAVIOURS) {
    at -= shares[name] ?? 0;
    if (at < 0) return name;
  }
  return 'ok';
}
