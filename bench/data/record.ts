import { hash } from 'node:crypto';
import {
  activityOf,
  returnDistance,
  type SampleRecord,
  sampleRecord,
} from '../../examples/source-server/record.js';

/**
 * Records as the real API served them, at any number. The shape and the shares are those of the capture of 2023-04-20
 * (500 records): one url, one method, one logger, 386 views, 64 carts, 50 purchases; 484 users, of whom 16 came back
 * after 90 to 308 records. So every record has a new user, but for the 4.8 % that come back: that is the hard case, for
 * the merge as for compression. (The sample API has 1,000 users who take turns; a day of it would pack far better.)
 */
export interface BenchRecord {
  readonly id: number;
  readonly userId: string;
  readonly activity: string;
  readonly eventMs: number;
}

export const FIRST_ID = 2_462_380;
const isoOf = (eventMs: number): string => new Date(eventMs).toISOString();

export function recordAt(seed: number, index: number, eventMs: number): BenchRecord {
  return { id: FIRST_ID + index, userId: userOf(seed, index), activity: activityOf(seed, index), eventMs };
}

/** What its token decrypts to: Python's `repr` of the dict. */
export function plaintextOf({ id, userId, activity, eventMs }: BenchRecord): string {
  return (
    `{'user_id': '${userId}', 'record_id': ${id}, 'activity': '${activity}', 'url': '/api/products/product/', ` +
    `'method': 'POST', 'name': 'json_logger', 'inDate': '${isoOf(eventMs)}', ` +
    `'detail': {'message': 'POST ${activity}', 'levelname': 'INFO'}}`
  );
}

export const landedOf = ({ id, userId, activity, eventMs }: BenchRecord): SampleRecord =>
  sampleRecord(userId, id, activity, eventMs);

/**
 * The record as one text that is the same for whoever landed it, in whatever form: what content hashes are made of.
 * Fields are joined by a character that none of them holds. `peers/` has the same in Python.
 */
export function canonicalOf(record: SampleRecord): string {
  const { user_id, record_id, activity, url, method, name, inDate, detail } = record;
  return [user_id, record_id, activity, url, method, name, inDate, detail.message, detail.levelname].join(
    '|',
  );
}

function userOf(seed: number, index: number): string {
  return hash('sha256', `user ${index - returnDistance(seed, index)} of ${seed}`, 'hex');
}
