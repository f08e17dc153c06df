import type { ReprocessInput } from '../../src/workflows/messages.js';
import { archive, sampleRecords } from '../support/by-hand.js';
import { historyOf } from '../support/history.js';
import { pipeline } from '../support/pipeline.js';
import { record } from './recorded.js';
import { hour, SealBench } from './seal-bench.js';

/** A run that carries answers of a sealed hour and of two that nobody has sealed, and computes the sealed one again; and its pieces. */
export async function recordReprocess(name: string): Promise<void> {
  const run = await pipeline('http://127.0.0.1:9/');
  try {
    await run.startWorker();
    const bench = new SealBench(run);
    const { dataset } = bench;
    await bench.arrive(sampleRecords(1, 5, '2023-05-01T10:30:00.000Z'));
    await (await bench.start(hour('2023-05-01T10'), { now: true })).result();
    for (const [from, at] of [
      [6, '2023-05-01T10:59:58.000Z'],
      [12, '2023-05-01T12:00:01.000Z'],
    ] as const)
      await archive(run.deps, dataset, sampleRecords(from, from + 4, at), Date.parse(at) + 600_000);
    const { latenessMs, idleMs, contiguousIds } = run.settings;
    const range = { mode: 'rebuild', from: null, to: null } as const;
    const input: ReprocessInput = { dataset, latenessMs, idleMs, contiguousIds, ...range };
    const handle = await run.client.workflow.start('reprocess', {
      workflowId: `${dataset}-reprocess`,
      taskQueue: run.config.taskQueue,
      args: [input],
    });
    await handle.result();
    const history = await historyOf(run.client, handle.workflowId, handle.firstExecutionRunId);
    record(name, history);
    // Of each kind the piece that has most to do.
    for (const [type, as] of [
      ['carryPiece', 'carry-piece'],
      ['sealPiece', 'seal-piece'],
    ] as const) {
      const started = (history.events ?? [])
        .map((event) => event.childWorkflowExecutionStartedEventAttributes)
        .filter((child) => child?.workflowType?.name === type)
        .map((child) => historyOf(run.client, child?.workflowExecution?.workflowId ?? ''));
      const pieces = await Promise.all(started);
      const [longest] = pieces.sort((a, b) => (b.events?.length ?? 0) - (a.events?.length ?? 0));
      if (!longest) throw new Error(`no ${type} was started`);
      record(as, longest);
    }
  } finally {
    await run.close();
  }
}
