import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Connection } from '@temporalio/client';
import type { RunningWorker } from '../process/own-queue.js';
import { FernlakeError, messageOf } from '../errors.js';
import type { DevServer } from '../embedded/dev-server.js';

const LOOK_EVERY_MS = 5_000;
const ANSWER_MS_MAX = 4_000;
/** A worker whose server is gone cannot shut down by itself; it is waited for this long. */
const FAREWELL_MS_MAX = 8_000;

const gone = (message: string): FernlakeError => new FernlakeError('ProcessGone', 'terminal', message);

/** Resolves, once the dev server has ended, to what to say about it. */
export async function deathOf({ exited, pid, logFile }: DevServer): Promise<FernlakeError> {
  const { code, signal } = await exited;
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  return gone(
    `the Temporal dev server (process ${pid}) ${how}; its log is ${logFile}. What was fetched is archived: start again to go on. ` +
      'Records that leave the window of the source meanwhile are lost',
  );
}

/** The same of the worker, which ends by itself only when it can do nothing more. */
export async function deathOfWorker(running: Promise<void>): Promise<FernlakeError> {
  const why = await running.then(() => 'without a word', messageOf);
  return gone(`the worker has ended: ${why}. What was fetched is archived: start again to go on`);
}

/** Says when the server gives no answer, and when it does again; returns how to stop looking. */
export function watchTemporal(client: Client, address: string, say: (line: string) => void): () => void {
  const connection = client.connection as Connection;
  let answers = true;
  const look = async (): Promise<void> => {
    const deadlineMs = Date.now() + ANSWER_MS_MAX;
    const fault = await connection
      .withDeadline(deadlineMs, () => client.workflowService.getSystemInfo({}))
      .then(() => undefined, messageOf);
    if ((fault === undefined) === answers) return;
    answers = fault === undefined;
    say(
      answers
        ? `Temporal at ${address} answers again.`
        : `Temporal at ${address} does not answer (${fault?.split('\n', 1)[0]}): nothing is fetched until it does.`,
    );
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Lets the worker finish what it has in hand; not for ever where its server is gone. */
export async function drain(
  worker: RunningWorker,
  running: Promise<void>,
  serverIsGone: boolean,
): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  if (!serverIsGone) return await running;
  const late = new AbortController();
  await Promise.race([
    running.catch(() => undefined),
    sleep(FAREWELL_MS_MAX, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
}
