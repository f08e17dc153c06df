import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClock } from './clock.js';
import { control } from './control.js';
import { createDesk } from './desk.js';
import { listen, shownHost } from './listen.js';
import type { Behaviour, Shares } from './misbehaviour.js';
import type { SourceServerOptions } from './options.js';
import type { GeneratedRecord } from './record.js';
import { misbehave, send } from './respond.js';
import { createSeries, type Series } from './series.js';
import { createMint, DEMO_KEY } from './token.js';
import { captureFeed, generatedFeed } from './window.js';

export interface SourceServer {
  /** Of the log: `http://127.0.0.1:8080/api/data/log`. */
  readonly url: string;
  readonly port: number;
  readonly key: string;
  /** The records that it makes; in capture mode they are not served. */
  readonly series: Series;
  /** The newest id now. */
  newestId(): number;
  /** The generated record with this id. Throws RangeError when there is no such id. */
  generatedRecord(recordId: number): GeneratedRecord;
  /** The next answers, in place of what would be drawn. Adds to a script that is not at its end. */
  readonly script: (behaviours: readonly Behaviour[]) => void;
  readonly setFail: (shares: Shares) => void;
  /** Requests to the log so far. */
  requests(): number;
  /** How often each behaviour was shown. */
  answers(): Readonly<Record<string, number>>;
  /** Ends all connections; with a state file the clock stands still from here on. */
  close(): Promise<void>;
}

const LOG_PATH = '/api/data/log';
const SLOW_MS_DEFAULT = 3_000;

/** Starts the sample API. Throws FernlakeError `Configuration` for a state file or a port that it cannot use. */
export async function createSourceServer(options: SourceServerOptions = {}): Promise<SourceServer> {
  const nowMs = options.nowMs ?? Date.now;
  const key = options.key ?? DEMO_KEY;
  const mint = createMint(key);
  const clock = openClock(options, options.stateFile, nowMs);
  const series = createSeries(clock.options);
  const feed = options.capture
    ? captureFeed(options.capture, clock.options)
    : generatedFeed(series, mint, options.shuffle ?? false);
  const desk = createDesk(options, feed, clock.options.seed);

  const onLog = async (response: ServerResponse): Promise<void> => {
    const now = nowMs();
    const elapsedMs = clock.elapsedMs();
    // Before the answer: after `kill -9` the clock must not stand before what was shown.
    clock.save();
    const { request, behaviour, from, to } = desk.next(elapsedMs);
    const envelopes = feed.envelopes(from, to, now);
    const context = { request, nowMs: now, envelopes, key };
    options.onAnswer?.({ request, behaviour, firstId: feed.idOf(from), newestId: feed.idOf(to) });
    if (behaviour === 'slow') await sleep(options.slowMs ?? SLOW_MS_DEFAULT, undefined, { ref: false });
    const raw = options.respond?.(context);
    if (raw !== undefined) return send(response, raw);
    const json = JSON.stringify(options.mutate ? options.mutate(envelopes, context) : envelopes);
    if (behaviour === 'ok' || behaviour === 'slow' || behaviour === 'stalled')
      return send(response, { body: json });
    return misbehave(response, behaviour, json, { retryAfterSeconds: options.retryAfterSeconds ?? 1 });
  };

  const newestId = (): number => feed.idOf(feed.newestIndex(clock.elapsedMs()));
  const status = (): Record<string, unknown> => ({ newestId: newestId(), ...desk.status() });
  const route = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/control')
      return control(request, response, { script: desk.script, setFail: desk.setFail, status });
    if (path === LOG_PATH && request.method === 'GET') return onLog(response);
    return send(response, { status: 404, body: `{"error":"only GET ${LOG_PATH} is here"}` });
  };

  const http = await listen(route, options.port ?? 0, options.host ?? '127.0.0.1');
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://${shownHost(options.host ?? '127.0.0.1')}:${port}${LOG_PATH}`,
    port,
    key,
    series,
    newestId,
    generatedRecord: (recordId) => recordOf(series, recordId),
    script: desk.script,
    setFail: desk.setFail,
    requests: () => desk.status().requests,
    answers: () => desk.status().answers,
    close: async () => {
      clock.close();
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
}

function recordOf(series: Series, recordId: number): GeneratedRecord {
  const index = series.indexOf(recordId);
  if (index === undefined) throw new RangeError(`the sample API never has a record with id ${recordId}`);
  return series.recordAt(index);
}
