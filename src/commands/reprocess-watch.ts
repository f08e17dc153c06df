import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { InvalidArgumentError, Option } from 'commander';
import { count, duration } from '../figures.js';
import type { LakeName } from '../lake/identity.js';
import { LIMITS } from '../limits.js';
import { freshPollers } from '../process/pollers.js';
import { isOfOtherLake } from '../process/worker-identity.js';
import type { ReprocessStatus } from '../workflows/messages.js';
import { AT_ONCE_A_WORKER, leftMs } from '../workflows/reprocess-status.js';
import { showProgress } from './progress.js';

const LOOK_MS = 2_000;
const LOOK_MS_MAX = 5_000;
/** Workers come and go. */
const LOOKS_A_COUNT = 15;

export const atOnceOption = (): Option =>
  new Option(
    '--at-once <n>',
    `activities at once, over all workers; default: ${AT_ONCE_A_WORKER} for each worker that asks for tasks, also for those that come later`,
  ).argParser((text) => {
    const n = Number(text);
    if (Number.isInteger(n) && n >= 1 && n <= LIMITS.reprocessAtOnceMax) return n;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIMITS.reprocessAtOnceMax}.`);
  });

interface Queue {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly lake: LakeName;
}

/** How many activities the workers of a task queue are sent at once. */
export class Places {
  constructor(
    private readonly queue: Queue,
    private readonly wanted: number | undefined,
  ) {}

  async count(): Promise<number> {
    if (this.wanted !== undefined) return this.wanted;
    const { client, namespace, taskQueue, lake } = this.queue;
    const pollers = await freshPollers(client, namespace, taskQueue, 'activity');
    const workers = pollers.filter(({ identity }) => !isOfOtherLake(identity, lake)).length;
    return Math.min(Math.max(1, workers) * AT_ONCE_A_WORKER, LIMITS.reprocessAtOnceMax);
  }
}

/**
 * Shows how far the run is, and tells it of workers that came or went, until the function that it returns is called: what is asked just
 * then is waited for, since the client must not be closed under it.
 */
export function watchReprocess(client: Client, handle: WorkflowHandle, places: Places): () => Promise<void> {
  const progress = showProgress();
  const over = new AbortController();
  const look = async (countsWorkers: boolean): Promise<void> => {
    const status = await handle.query<ReprocessStatus>('status');
    progress.tell(() => wordsOf(status));
    const wanted = countsWorkers ? await places.count() : status.atOnce;
    if (wanted !== status.atOnce) await handle.signal('setAtOnce', wanted);
  };
  const watch = async (): Promise<void> => {
    for (let n = 1; !over.signal.aborted; n += 1) {
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      // Where no worker or server answers just now, the next time may do.
      await client
        .withDeadline(Date.now() + LOOK_MS_MAX, () => look(n % LOOKS_A_COUNT === 0))
        .catch(() => undefined);
    }
  };
  const ended = watch();
  return async () => {
    over.abort();
    await ended;
    progress.end();
  };
}

function wordsOf(status: ReprocessStatus): string {
  const { step, done, total, carried, sealed } = status;
  const left = leftMs(status, Date.now());
  const estimate = left === undefined ? '' : `, about ${duration(left)} left`;
  return step === 'carry'
    ? `looking for what nobody has carried: ${count(done)} of ${count(total)} hours of arrival, ${count(carried)} answers carried${estimate} of this step`
    : `sealing: ${count(done)} of ${count(total)} hours${sealed > 0 ? `, ${count(sealed)} for the first time` : ''}${estimate}`;
}
