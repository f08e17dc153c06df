import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { envelopeOf, sampleRecords } from '../support/by-hand.js';
import { historyOf } from '../support/history.js';
import { keysUnder } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { etlRuns } from '../workflows/etl-runs.js';

const BODY = JSON.stringify(sampleRecords(1, 20, '2023-05-01T10:30:00.000Z').map(envelopeOf));
const GRACE_MS = 1_500;
/** What a process needs to end once its worker has. */
const ENDING_MS_MAX = 8_000;

/** Starts a dev server (shared), a source on loopback that answers when the test says so, and worker processes. */
describe('a worker that is asked to stop', function () {
  this.timeout(120_000);
  let source: Server;
  let held: ServerResponse[];
  let isPatient: boolean;
  let run: Pipeline;
  const workers: WorkerProcess[] = [];

  beforeEach(async () => {
    held = [];
    isPatient = true;
    source = createServer((_request, response) => {
      if (isPatient) held.push(response);
      else response.end(BODY);
    }).listen(0, '127.0.0.1');
    await once(source, 'listening');
    // A slot in which there is time for it all.
    run = await pipeline(`http://127.0.0.1:${(source.address() as AddressInfo).port}/`, {
      FERNLAKE_SLOT: '60s',
      FERNLAKE_POLL_MIN: '20s',
      FERNLAKE_POLL_MAX: '20s',
      FERNLAKE_SHUTDOWN_GRACE: `${GRACE_MS}ms`,
    });
    workers.push(await startWorkerProcess(run.env));
    await run.schedule();
    await run.client.schedule.getHandle(`fernlake-${run.dataset}`).trigger();
    await until('it asks the source', () => held.length > 0);
  });
  afterEach(async () => {
    source.closeAllConnections();
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
    await run.close();
    await new Promise((resolve) => source.close(resolve));
  });

  /** SIGTERM to the first worker; its exit code, and how long it took. */
  async function stopFirst(meanwhile: () => void = () => undefined): Promise<[number | null, number]> {
    const startedMs = performance.now();
    const stopped = workers[0]?.stop();
    meanwhile();
    return [(await stopped) ?? null, performance.now() - startedMs];
  }

  const answers = async (): Promise<number> => (await keysUnder(run.lake.storage, 'raw/')).length;

  /** Who ended the first poll, and at which attempt; false until the history has it, which is once a worker went on from it. */
  async function firstFetch(): Promise<{ pid: number; attempt: number } | false> {
    const [first] = await etlRuns(run);
    const { events } = await historyOf(run.client, first?.workflowId ?? '', first?.runId);
    const scheduled = events?.find(
      ({ activityTaskScheduledEventAttributes: each }) => each?.activityType?.name === 'fetch',
    );
    const started = events?.find(
      ({ activityTaskStartedEventAttributes: each }) =>
        each && String(each.scheduledEventId) === String(scheduled?.eventId),
    )?.activityTaskStartedEventAttributes;
    return started
      ? { pid: Number.parseInt(started.identity ?? '', 10), attempt: started.attempt ?? 0 }
      : false;
  }

  it('ends what is under way first, takes nothing new, and ends with 0', async () => {
    const [code] = await stopFirst(() => setTimeout(() => held[0]?.end(BODY), GRACE_MS / 3));
    assert.equal(code, 0);
    assert.equal(await answers(), 1);
    isPatient = false;
    workers.push(await startWorkerProcess(run.env));
    const fetched = await until('the other goes on', firstFetch);
    assert.deepEqual(fetched, { pid: workers[0]?.pid, attempt: 1 });
  });

  it('gives up what takes longer than the grace time, and another worker does it at once', async () => {
    const [code, tookMs] = await stopFirst();
    assert.equal(code, 0);
    assert(tookMs >= GRACE_MS - 100 && tookMs < GRACE_MS + ENDING_MS_MAX, `${tookMs} ms`);
    assert.equal(await answers(), 0);
    isPatient = false;
    workers.push(await startWorkerProcess(run.env));
    const fetched = await until('the other fetches', firstFetch);
    assert.equal(await answers(), 1);
    assert.deepEqual(fetched, { pid: workers[1]?.pid, attempt: 2 });
  });
});
