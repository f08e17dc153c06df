import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openClock } from './clock.js';
import { control } from './control.js';
import { createDesk } from './desk.js';
import { createGate } from './gate.js';
import { listen, shownHost } from './listen.js';
import { createLogRoute } from './log-route.js';
import type { Behaviour, Shares } from './misbehaviour.js';
import type { SourceServerOptions } from './options.js';
import type { GeneratedRecord } from './record.js';
import { refuse } from './respond.js';
import { createSeries, type Series } from './series.js';
import { checkShape, dressOf, type Shape, type ShapedRecord, shapedRecord } from './shape.js';
import { shownId } from './text-ids.js';
import { createMint, DEMO_KEY, type Mint } from './token.js';
import { captureFeed, diaryDress, type Feed, generatedFeed } from './window.js';

export interface SourceServer {
  /** Of the log: `http://127.0.0.1:8080/api/data/log`. */
  readonly url: string;
  /** Where a token is had, with `auth` of the type `oauth2_client_credentials`. */
  readonly tokenUrl: string;
  readonly port: number;
  readonly key: string;
  /** The records that it makes; in capture mode they are not served. */
  readonly series: Series;
  /** The newest id now. */
  newestId(): number;
  /** The generated record with this id. Throws RangeError when there is no such id. */
  generatedRecord(recordId: number): GeneratedRecord;
  /** Record number `index` (from 0) as the shape has it: what lies in an element, and under which id. */
  served(index: number): ServedRecord;
  /** The next answers, in place of what would be drawn. Adds to a script that is not at its end. */
  readonly script: (behaviours: readonly Behaviour[]) => void;
  readonly setFail: (shares: Shares) => void;
  /** Ends all tokens that were handed out. */
  revokeTokens(): void;
  /** Requests to the log so far. */
  requests(): number;
  /** How often each behaviour was shown. */
  answers(): Readonly<Record<string, number>>;
  /** Ends all connections; with a state file the clock stands still from here on. */
  close(): Promise<void>;
}

export interface ServedRecord {
  readonly id: number | string;
  readonly record: ShapedRecord;
  readonly eventMs: number;
}

const LOG_PATH = '/api/data/log';
const TOKEN_PATH = '/oauth/token';

/** Starts the sample API. Throws FernlakeError `Configuration` for a state file or a port that it cannot use. */
export async function createSourceServer(options: SourceServerOptions = {}): Promise<SourceServer> {
  checkOptions(options);
  const nowMs = options.nowMs ?? Date.now;
  const key = options.key ?? DEMO_KEY;
  const mint = createMint(key);
  const clock = openClock(options, options.stateFile, nowMs);
  const series = createSeries(clock.options);
  const feed = feedOf(options, series, mint);
  const desk = createDesk(options, feed, clock.options.seed);
  const gate = createGate(options.auth, nowMs);
  const shape = options.shape ?? {};
  const onLog = createLogRoute(options, { nowMs, key, clock, series, feed, desk });

  const newestId = (): number => feed.idOf(feed.newestIndex(clock.elapsedMs()));
  const status = (): Record<string, unknown> => ({ newestId: newestId(), ...desk.status() });
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here');
    if (pathname === '/control')
      return control(request, response, { script: desk.script, setFail: desk.setFail, status });
    if (pathname === TOKEN_PATH && gate.issuer) return gate.issuer.answer(request, response);
    const method = options.method ?? 'GET';
    if (pathname !== LOG_PATH) return refuse(response, 404, `only ${method} ${LOG_PATH} is here`);
    if (request.method !== method) return refuse(response, 405, `only ${method} ${LOG_PATH} is here`);
    if (!gate.lets(request, searchParams)) return refuse(response, 401, 'unauthorized');
    request.resume();
    return onLog(response, searchParams);
  };

  const http = await listen(route, options.port ?? 0, options.host ?? '127.0.0.1', options.tls);
  const { port } = http.address() as AddressInfo;
  const origin = `${options.tls ? 'https' : 'http'}://${shownHost(options.host ?? '127.0.0.1')}:${port}`;
  return {
    url: `${origin}${LOG_PATH}`,
    tokenUrl: `${origin}${TOKEN_PATH}`,
    port,
    key,
    series,
    newestId,
    generatedRecord: (recordId) => recordOf(series, recordId),
    served: (index) => servedAt(shape, series, index),
    revokeTokens: () => gate.issuer?.revoke(),
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

function servedAt(shape: Shape, series: Series, index: number): ServedRecord {
  const generated = series.recordAt(index);
  const id = shownId(series, shape.ids ?? 'integer', index);
  return { id, record: shapedRecord(shape, series, generated, index), eventMs: generated.eventMs };
}

function feedOf(options: SourceServerOptions, series: Series, mint: Mint): Feed {
  if (options.capture) return captureFeed(options.capture, series.options);
  const dress = options.shape ? dressOf(options.shape, series, mint) : diaryDress(mint);
  return generatedFeed(series, dress, options.shuffle ?? false);
}

function checkOptions({ capture, shape, paging }: SourceServerOptions): void {
  if (capture && (shape || paging))
    throw new RangeError('a capture is served as it is: without shape or paging');
  if (shape) checkShape(shape);
}
