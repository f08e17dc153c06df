import path from 'node:path';
import { loadSampleApi, type SampleServer } from '../embedded/sample-api.js';
import { createHttpSource } from '../source/http.js';
import type { Source } from '../source/port.js';

/** 20 records a second fill its window in 5 s. */
const SAMPLE_RATE = 20;

export interface Sample {
  /** Answers from `start` on; who asks before waits. */
  readonly source: Source;
  /** Resolves to its address. Throws `Configuration` when its state belongs to another series. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The sample API for a worker of the same process. Its records come as long as it runs, so it starts once the worker can
 * poll and stops before the worker drains: the seconds that either may take would be records that nobody asked for.
 */
export function createSample(speed: number, stateFolder: string): Sample {
  let server: SampleServer | undefined;
  let serve: (source: Source) => void = () => undefined;
  const serving = new Promise<Source>((resolve) => (serve = resolve));
  return {
    source: { poll: async (signal) => await (await untilAborted(serving, signal)).poll(signal) },
    async start() {
      const api = await loadSampleApi();
      const stateFile = path.resolve(stateFolder, 'sample-api.json');
      server = await api.createSourceServer({ rate: SAMPLE_RATE, speed, stateFile });
      serve(createHttpSource({ url: server.url }));
      return server.url;
    },
    async stop() {
      await server?.close();
    },
  };
}

async function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await promise;
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Error('cancelled before the sample API was started'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return await Promise.race([promise, aborted]);
}
