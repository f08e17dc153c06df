import path from 'node:path';
import { loadSampleApi, type SampleServer } from '../embedded/sample-api.js';
import { answerFormOf } from '../dataset/envelope.js';
import { LOG_API } from '../dataset/presets.js';
import { createHttpSource } from '../activities/fetch/http.js';
import type { Source } from '../activities/fetch/port.js';

/** 20 records a second fill its window in 5 s. */
const SAMPLE_RATE = 20;

export interface Sample {
  /** Answers from `start` on; who asks before waits. */
  readonly source: Source;
  /** Resolves to its address. Throws `Configuration` when its state belongs to another series. */
  start(): Promise<string>;
  /** undefined before it was started. */
  url(): string | undefined;
  stop(): Promise<void>;
}

/**
 * The sample API for a worker of the same process. Its records come as long as it runs, so it starts once the
 * worker can poll and stops before the worker drains: nobody would ask for the records of those seconds. A
 * poll that comes after that waits for the worker's end, which is no failure of the source; polls under way
 * get their answers first.
 */
export function createSample(speed: number, stateFolder: string): Sample {
  let server: SampleServer | undefined;
  let serve: (source: Source) => void = () => undefined;
  const serving = new Promise<Source>((resolve) => (serve = resolve));
  const underWay = new Set<Promise<unknown>>();
  let stopping = false;
  const poll: Source['poll'] = async (signal) => {
    const source = await untilAborted(serving, signal);
    // Begun again by the next start: the worker gives it back when it has drained.
    if (stopping) return await untilAborted(NEVER, signal);
    const answer = source.poll(signal);
    underWay.add(answer);
    return await answer.finally(() => underWay.delete(answer));
  };
  return {
    source: { poll },
    async start() {
      const api = await loadSampleApi();
      const stateFile = path.resolve(stateFolder, 'sample-api.json');
      server = await api.createSourceServer({ rate: SAMPLE_RATE, speed, stateFile });
      serve(createHttpSource({ url: server.url }, answerFormOf(LOG_API)));
      return server.url;
    },
    url: () => server?.url,
    async stop() {
      stopping = true;
      await Promise.allSettled(underWay);
      await server?.close();
    },
  };
}

const NEVER = new Promise<never>(() => undefined);

async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await promise;
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Error('cancelled where there is no sample API'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return await Promise.race([promise, aborted]);
}
