import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createSeries,
  createMint,
  DEMO_KEY,
  type Envelope,
  seriesOptions,
} from '../../examples/source-server/index.js';
import { pythonRepr } from '../../examples/source-server/index.js';

/** The key that comes later: what it sealed is in quarantine until then. */
export const LATER_KEY = 'bGF0ZXItbGF0ZXItbGF0ZXItbGF0ZXItbGF0ZXItISE=';

const FIRST_ID = 1_000;
/** 20 records an hour from 10:00 on: 2023-05-01T10, T11 and T12. */
const GAP_MS = 180_000;
const START_MS = Date.parse('2023-05-01T10:00:00.500Z');
const series = createSeries(
  seriesOptions({ seed: 5, firstId: FIRST_ID, startMs: START_MS, anchorMs: START_MS }, START_MS),
);

function envelope(i: number, change: Record<string, string> = {}, key = DEMO_KEY): Envelope {
  const eventMs = START_MS + i * GAP_MS;
  const record = {
    ...series.recordAt(i).record,
    record_id: FIRST_ID + i,
    inDate: new Date(eventMs).toISOString(),
  };
  const text = pythonRepr({ ...record, ...change });
  return {
    recordId: FIRST_ID + i,
    ArrivalTimeStamp: eventMs / 1000,
    data: createMint(key)(text, Date.now()),
  };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Opened only by the key that comes later. */
const LOCKED = 33;
/** Ids that never come: 1,044 to 1,046. */
const LOST = [44, 45, 46];

/** Hours 10 and 11, one token that no key opens, and one element that is no record. */
export function firstAnswer(): unknown[] {
  return [
    ...range(1, 34).map((i) => (i === LOCKED ? envelope(i, {}, LATER_KEY) : envelope(i))),
    { recordId: 'x' },
  ];
}

/** Overlaps the first; the rest of 11, hour 12 with a hole, a latecomer for hour 10, and an id with other content. */
export function secondAnswer(): unknown[] {
  return [
    envelope(0),
    ...range(25, 59)
      .filter((i) => !LOST.includes(i))
      .map((i) => (i === LOCKED ? envelope(i, {}, LATER_KEY) : envelope(i))),
    envelope(28, { activity: 'refund' }),
  ];
}

export interface AnswerServer {
  /** Address at which this scene's answers are. */
  url(scene: string): string;
  /** From now on every poll of the scene gets this. */
  show(scene: string, answer: readonly unknown[]): void;
  close(): Promise<void>;
}

/** One log API for all scenes, each under a path of its own. It outlives every worker. */
export async function startAnswers(): Promise<AnswerServer> {
  const shown = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const scene = (request.url ?? '').slice(1).split('?', 1)[0] ?? '';
    const body = shown.get(scene);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body ?? '[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (scene) => `http://127.0.0.1:${port}/${scene}`,
    show: (scene, answer) => void shown.set(scene, JSON.stringify(answer)),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
