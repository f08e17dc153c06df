import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.js';
import { type Desk, WINDOW_DEFAULT } from './desk.js';
import type { SourceServerOptions } from './options.js';
import { type Page, pageOf } from './pages.js';
import { misbehave, refuse, send } from './respond.js';
import type { Series } from './series.js';
import { answerOf } from './shape.js';
import type { Envelope, Feed } from './window.js';

const SLOW_MS_DEFAULT = 3_000;

interface Parts {
  readonly nowMs: () => number;
  readonly key: string;
  readonly clock: Clock;
  readonly series: Series;
  readonly feed: Feed;
  readonly desk: Desk;
}

/** Answers with the window, or the page that was asked for; or misbehaves. */
export function createLogRoute(
  options: SourceServerOptions,
  { nowMs, key, clock, series, feed, desk }: Parts,
): (response: ServerResponse, params: URLSearchParams) => Promise<void> {
  const { shape = {}, paging = false } = options;

  const pageAt = (params: URLSearchParams, newest: number): Page | RangeError => {
    try {
      return pageOf(params, series, shape.ids ?? 'integer', newest, options.window ?? WINDOW_DEFAULT);
    } catch (error) {
      if (error instanceof RangeError) return error;
      throw error;
    }
  };

  return async (response, params) => {
    const now = nowMs();
    const elapsedMs = clock.elapsedMs();
    // Before the answer: after `kill -9` the clock must not stand before what was shown.
    clock.save();
    const { request, behaviour, ...window } = desk.next(elapsedMs);
    const page = paging ? pageAt(params, window.to) : { ...window, nextCursor: null };
    if (page instanceof RangeError) return refuse(response, 400, page.message);
    const { from, to, nextCursor } = page;
    const elements = feed.elements(from, to, now);
    // Whoever changes envelopes asks for no shape.
    const envelopes = elements as readonly Envelope[];
    const context = { request, nowMs: now, envelopes, key };
    options.onAnswer?.({ request, behaviour, firstId: feed.idOf(from), newestId: feed.idOf(to) });
    if (behaviour === 'slow') await sleep(options.slowMs ?? SLOW_MS_DEFAULT, undefined, { ref: false });
    const raw = options.respond?.(context);
    if (raw !== undefined) return send(response, raw);
    const shown = options.mutate
      ? options.mutate(envelopes, context)
      : answerOf(shape, elements, paging ? { next_cursor: nextCursor } : {});
    const json = JSON.stringify(shown);
    if (behaviour === 'ok' || behaviour === 'slow' || behaviour === 'stalled')
      return send(response, { body: json });
    return misbehave(response, behaviour, json, { retryAfterSeconds: options.retryAfterSeconds ?? 1 });
  };
}
