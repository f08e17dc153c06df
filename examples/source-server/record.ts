import { createHash } from 'node:crypto';
import { pythonRepr } from './python-repr.js';
import { draw } from './random.js';

/** A record as the real API has it, keys in its order. A type, not an interface: it must be a dict for `repr`. */
export type SampleRecord = {
  readonly user_id: string;
  readonly record_id: number;
  readonly activity: string;
  readonly url: string;
  readonly method: string;
  readonly name: string;
  readonly inDate: string;
  readonly detail: { readonly message: string; readonly levelname: string };
};

export interface GeneratedRecord {
  readonly record: SampleRecord;
  /** What its token decrypts to: Python's `repr` of the record. */
  readonly plaintext: string;
  readonly eventMs: number;
}

/** Of the capture's 500 records 386 are views, 64 carts and 50 purchases. */
const VIEW_SHARE = 0.77;
const CART_SHARE = 0.13;

/**
 * The capture's 500 records have 484 users: 16 came back, after 90 to 308 records, and nobody sooner. Users drawn at
 * random from 1,000 would give 393. So users take turns, and 4.8 % of the records are by one who was there shortly before.
 */
const USERS = 1_000;
const TURN_BLOCK = 50;
const RETURN_SHARE = 0.048;
const RETURN_MIN = 90;
const RETURN_RANGE = 219;

export function makeRecord(seed: number, index: number, recordId: number, eventMs: number): GeneratedRecord {
  const activity = activityOf(seed, index);
  return withActivity(userOf(seed, index), recordId, activity, eventMs);
}

/** The same id and time with other content: what a source must never send, and sometimes does. */
export function makeConflict(
  seed: number,
  index: number,
  recordId: number,
  eventMs: number,
): GeneratedRecord {
  const other = activityOf(seed, index) === 'view' ? 'cart' : 'view';
  return withActivity(userOf(seed, index), recordId, other, eventMs);
}

function withActivity(userId: string, recordId: number, activity: string, eventMs: number): GeneratedRecord {
  const record = sampleRecord(userId, recordId, activity, eventMs);
  return { record, plaintext: pythonRepr(record), eventMs };
}

/** As the capture has it: one url, one method, one logger. */
export const sampleRecord = (
  userId: string,
  recordId: number,
  activity: string,
  eventMs: number,
): SampleRecord => ({
  user_id: userId,
  record_id: recordId,
  activity,
  url: '/api/products/product/',
  method: 'POST',
  name: 'json_logger',
  inDate: new Date(eventMs).toISOString(),
  detail: { message: `POST ${activity}`, levelname: 'INFO' },
});

export function activityOf(seed: number, index: number): string {
  const at = draw(seed, 'activity', index);
  if (at < VIEW_SHARE) return 'view';
  return at < VIEW_SHARE + CART_SHARE ? 'cart' : 'purchase';
}

function userOf(seed: number, index: number): string {
  return createHash('sha256')
    .update(`user ${turnOf(seed, index - returnDistance(seed, index))} of ${seed}`)
    .digest('hex');
}

/** How many records ago the user of this one was there; 0 for one who is not back. */
export function returnDistance(seed: number, index: number): number {
  const returns = index >= RETURN_MIN + RETURN_RANGE && draw(seed, 'again', index) < RETURN_SHARE;
  return returns ? RETURN_MIN + Math.floor(draw(seed, 'againDistance', index) * RETURN_RANGE) : 0;
}

/** Everybody once in a round, in nearly the same order every round. */
function turnOf(seed: number, index: number): number {
  const block = Math.floor(index / TURN_BLOCK);
  // A step that has no factor in common with 50 visits every place of the block once.
  const step = [1, 3, 7, 9, 11, 13, 17, 19][Math.floor(draw(seed, 'user', block) * 8)] ?? 1;
  const place = ((index % TURN_BLOCK) * step + block) % TURN_BLOCK;
  return (block % (USERS / TURN_BLOCK)) * TURN_BLOCK + place;
}
