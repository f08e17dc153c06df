import type { RequiredAuth } from './gate.js';
import type { Certified } from './listen.js';
import type { Outage, Shares } from './misbehaviour.js';
import type { RawAnswer } from './respond.js';
import type { SeriesOptions } from './series-options.js';
import type { Shape } from './shape.js';
import type { Envelope } from './window.js';

export interface SourceServerOptions extends Partial<SeriesOptions> {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default DEMO_KEY. */
  readonly key?: string;
  /** How many of the newest records an answer shows. Default 100. */
  readonly window?: number;
  /** Keeps the clock over restarts. */
  readonly stateFile?: string;
  /** Serves these envelopes as they are, one after the other at `rate`, in place of generated records. */
  readonly capture?: readonly Envelope[];
  /** Serves each answer's records in a random order. */
  readonly shuffle?: boolean;
  /** Serves the records as another API would. */
  readonly shape?: Shape;
  /** Can be asked for what came after an id, for so many, and for the next page: `since_id`, `limit`, `cursor`. */
  readonly paging?: boolean;
  /** Default GET. */
  readonly method?: 'GET' | 'POST';
  /** Without it a request is answered 401. */
  readonly auth?: RequiredAuth;
  /** Speaks https, and knows whom it serves by a certificate where `clientAuthority` is given. */
  readonly tls?: Certified;
  /** Shares of the answers that go wrong. */
  readonly fail?: Shares;
  readonly outages?: readonly Outage[];
  /** How long `slow` takes. Default 3,000. */
  readonly slowMs?: number;
  /** What 429 and 503 ask for. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Serves what it returns, as JSON, in place of the window's envelopes. */
  readonly mutate?: (envelopes: readonly Envelope[], context: RequestContext) => unknown;
  /** Serves what it returns, as it is; undefined: the usual. */
  readonly respond?: (context: RequestContext) => RawAnswer | undefined;
  /** Is told of every answer of the log, for a command that shows them. */
  readonly onAnswer?: (answer: AnswerNote) => void;
  /** Milliseconds since 1970. Default Date.now. */
  readonly nowMs?: () => number;
}

export interface RequestContext {
  /** Requests to the log before this one. */
  readonly request: number;
  readonly nowMs: number;
  /** The window's envelopes, tokens newly minted; of a server with a `shape` its elements. */
  readonly envelopes: readonly Envelope[];
  readonly key: string;
}

export interface AnswerNote {
  readonly request: number;
  readonly behaviour: string;
  readonly firstId: number;
  readonly newestId: number;
}
