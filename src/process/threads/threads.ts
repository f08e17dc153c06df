import { availableParallelism } from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import { Piscina } from 'piscina';
import type { Activities } from '../../activities/index.js';
import { currentPulse } from '../../activities/pulse.js';
import type { StoredObject } from '../../storage/port.js';
import { errorOf } from './failure-form.js';
import type { Heavy, Job, JobResult, ThreadSetup } from './messages.js';

/** More would not be kept busy: storage and the server cannot follow. */
const THREADS_MAX = 4;
/** A thread without work for so long ends, and gives its memory back. */
const IDLE_MS = 10_000;
/** What a thread makes is mostly garbage a moment later; the default is more than twice that, for each thread. */
const YOUNG_MB = 24;
/**
 * How much a thread's heap and buffers may grow before V8 looks through all of it. By default that is 10 MB,
 * five times a second, since buffers come and go while the heap of 8 MB hardly grows; each look costs 25 ms
 * of processor time.
 */
export const HEAP_FLAG = '--initial-heap-size=32';
/** Jobs of one thread under way at once: one computes while others wait for storage. */
const JOBS_AT_ONCE = 16;
/** Groups of jobs whose thread is remembered; the oldest are forgotten. */
const GROUPS_MAX = 256;

export interface Threads {
  /** Whether a thread is there that has work, or had some a moment ago. */
  readonly awake: boolean;
  /** Whether a job of this group ran on a thread. */
  knows(group: string): boolean;
  /** Runs the activity on a thread; jobs of one group on the same one, where what one has staged waits for the next. */
  run<Name extends Heavy>(
    group: string,
    name: Name,
    input: Job<Name>['input'],
    keys: readonly string[],
    atHand?: readonly StoredObject[],
  ): Promise<Awaited<ReturnType<Activities[Name]>>>;
  /** Ends all threads, whatever they are at. */
  close(): Promise<void>;
}

/**
 * Threads for activities that compute: as many as there are processors, begun when there is work for them. Heartbeats and
 * cancellations get through whatever is computed, and one process uses the whole machine.
 */
export function createThreads(setup: ThreadSetup): Threads {
  // For heaps that are made from now on: nothing else tells V8 this for threads alone.
  v8.setFlagsFromString(HEAP_FLAG);
  const pools = Array.from(
    { length: Math.min(THREADS_MAX, availableParallelism()) },
    () =>
      new Piscina({
        filename: path.join(import.meta.dirname, 'thread.js'),
        workerData: setup,
        minThreads: 0,
        maxThreads: 1,
        concurrentTasksPerWorker: JOBS_AT_ONCE,
        idleTimeout: IDLE_MS,
        atomics: 'disabled',
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
        recordTiming: false,
      }),
  );
  const threadOf = new Map<string, number>();
  /** Jobs under way, by the number of the pool. */
  const jobs = pools.map(() => 0);
  const poolOf = (group: string): number => {
    const at = threadOf.get(group) ?? jobs.indexOf(Math.min(...jobs));
    threadOf.delete(group);
    threadOf.set(group, at);
    const [oldest] = threadOf.keys();
    if (threadOf.size > GROUPS_MAX && oldest !== undefined) threadOf.delete(oldest);
    return at;
  };
  return {
    get awake() {
      return pools.some(({ threads }) => threads.length > 0);
    },
    knows: (group) => threadOf.has(group),
    async run(group, name, input, keys, atHand = []) {
      const pulse = currentPulse();
      const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const onAbort = (): void => void Atomics.store(cancelled, 0, 1);
      if (pulse.signal?.aborted) onAbort();
      pulse.signal?.addEventListener('abort', onAbort, { once: true });
      const at = poolOf(group);
      jobs[at]! += 1;
      try {
        const job = { name, input, keys, cancelled, atHand };
        const result = (await pools[at]!.run(job, { name: 'run' })) as JobResult;
        for (const { message, fields } of result.said) pulse.warn(message, fields);
        if (!result.ok) throw errorOf(result.failure);
        return result.value as never;
      } finally {
        jobs[at]! -= 1;
        pulse.signal?.removeEventListener('abort', onAbort);
      }
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.destroy()))),
  };
}
