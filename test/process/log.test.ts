import assert from 'node:assert/strict';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

interface Line {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly component?: string;
  readonly workflowId?: string;
  readonly runId?: string;
  readonly workflowType?: string;
  readonly activityType?: string;
  readonly attempt?: number;
  readonly hour?: string;
}

/** Starts a dev server (shared), a sample API on loopback that fails now and then, and a real worker process. */
describe('the log of a worker', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let worker: WorkerProcess;
  let text: string;
  let lines: Line[];

  before(async () => {
    // 150 records a step and a window of 100: ids are lost for certain.
    source = await steppedSource(
      { steps: 8, recordsPerStep: 150, minutesPerStep: 15 },
      { fail: { '502': 0.3 } },
    );
    run = await pipeline(source.server.url);
    worker = await startWorkerProcess(run.env);
    await run.schedule();
    await run.untilLanded(600);
    await run.settle();
    await worker.stop();
    text = worker.output();
    lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  });
  after(async () => {
    await worker?.stop();
    await run?.close();
    await source?.server.close();
  });

  it('is one JSON object a line, each with a time, a level and a message', () => {
    assert(lines.length > 5);
    for (const { time, level, message } of lines) {
      assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(level, /^(trace|debug|info|warn|error)$/);
      assert(message.length > 3 && !message.includes('\n'), message);
    }
  });

  it('is quiet: nothing at info for a poll, a batch or a seal that went well', () => {
    const info = lines.filter(({ level }) => level === 'info');
    // Six for each queue, and what is said once.
    assert(info.length <= 20, info.map(({ message }) => message).join('\n'));
    assert.deepEqual(
      lines.filter(({ level }) => level === 'debug' || level === 'trace'),
      [],
    );
  });

  it('names workflow, run and attempt of what is tried again', () => {
    const tried = lines.filter(({ level, activityType }) => level === 'warn' && activityType === 'fetch');
    assert(tried.length > 0);
    for (const { workflowId, runId, attempt } of tried) {
      assert.match(workflowId ?? '', new RegExp(`^fernlake-${run.dataset}-etl-`));
      assert.match(runId ?? '', /^[0-9a-f-]{36}$/);
      assert((attempt ?? 0) >= 1);
    }
  });

  it('says at level error that records are lost, in which run, and of a seal in which hour', () => {
    const lost = lines.filter(({ message }) => message.startsWith('records are lost'));
    assert(lost.length > 0);
    for (const { level, workflowId, runId, workflowType } of lost) {
      assert.deepEqual([level, workflowType], ['error', 'etl']);
      assert(workflowId && runId);
    }
    for (const { hour } of lines.filter(({ workflowType }) => workflowType === 'sealHour'))
      assert.match(hour ?? '', /^\d{4}-\d\d-\d\dT\d\d$/);
  });

  it('holds the SDK’s own lines, in the same form', () => {
    const components = new Set(lines.map(({ component }) => component));
    assert(components.has('worker') && components.has('workflow'), [...components].join(' '));
  });

  it('holds no token, no key and no word of a record', () => {
    for (const secret of ['gAAAA', DEMO_KEY, 'json_logger', 'POST ', 'user_id'])
      assert(!text.includes(secret), secret);
  });
});
