import type { Series } from './series.js';
import { type IdKind, indexOfShown } from './text-ids.js';

/** Records number `from` to `to`, both included; none where `to` is smaller. */
export interface Page {
  readonly from: number;
  readonly to: number;
  /** What to ask with for the page behind this one; null: there is none. */
  readonly nextCursor: string | null;
}

/**
 * The page that a request asks for: `since_id` what came after an id, from the oldest on; `limit` how many at most; `cursor` what the
 * answer before named. Without `since_id` the newest come first, and each next page is older.
 * Throws RangeError with a sentence for the client.
 */
export function pageOf(
  params: URLSearchParams,
  series: Series,
  kind: IdKind,
  newest: number,
  limitMax: number,
): Page {
  const limit = limitOf(params.get('limit'), limitMax);
  const cursor = params.get('cursor');
  if (cursor !== null) return followed(cursor, newest, limit);
  const sinceId = params.get('since_id');
  if (sinceId === null) return backward(newest, limit);
  const since = indexOfShown(series, kind, sinceId, newest);
  if (since === undefined) throw new RangeError('since_id: there is no such record');
  return forward(since + 1, newest, limit);
}

function limitOf(text: string | null, max: number): number {
  if (text === null) return max;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError('limit: a number from 1 on');
  return Math.min(Number(text), max);
}

function forward(from: number, newest: number, limit: number): Page {
  const to = Math.min(from + limit - 1, newest);
  return { from, to, nextCursor: to < newest ? cursorOf('after', to) : null };
}

function backward(to: number, limit: number): Page {
  const from = Math.max(0, to - limit + 1);
  return { from, to, nextCursor: from > 0 ? cursorOf('before', from) : null };
}

const cursorOf = (way: 'after' | 'before', index: number): string =>
  Buffer.from(`${way} ${index}`).toString('base64url');

function followed(cursor: string, newest: number, limit: number): Page {
  const [, way, number = ''] =
    /^(after|before) (\d+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const index = Number(number);
  if (way === undefined || index > newest) throw new RangeError('cursor: none of this API');
  return way === 'after' ? forward(index + 1, newest, limit) : backward(index - 1, limit);
}
