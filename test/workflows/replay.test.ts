import assert from 'node:assert/strict';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { workflowCode } from '../../src/process/workflow-code.js';
import { quietLog } from '../support/quiet-log.js';
import { type History, textsOf } from '../support/history.js';
import { recordedHistories } from './recorded.js';

const RECORDED = [
  ...['carry-piece', 'etl-first', 'etl-second', 'etl-third', 'reprocess'],
  ...['seal-again', 'seal-first', 'seal-piece', 'seal-recheck'],
];

/** Starts nothing but a replay: no server, no process. */
describe('a workflow that is running while its code is replaced', function () {
  this.timeout(60_000);
  const histories = recordedHistories();
  before(quietLog);

  const replay = (history: History): Promise<void> =>
    // Ids of children are made from that of the run.
    Worker.runReplayHistory(
      workflowCode(),
      history,
      history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? 'replayed',
    );

  it('is recorded in each of these situations', () =>
    assert.deepEqual([...histories.keys()].sort(), RECORDED));

  for (const [name, history] of histories) {
    it(`goes on from its history: ${name}`, () => replay(history));
  }

  for (const [name, from, to] of [
    ['etl-first', 'decrypt', 'compact'],
    ['seal-first', 'merge', 'settle'],
    ['carry-piece', 'carry', 'decrypt'],
  ] as const) {
    it(`is stopped if it would do another thing than ${name} has done`, async () => {
      const altered = structuredClone(histories.get(name) ?? assert.fail());
      const type = (altered.events ?? [])
        .map((event) => event.activityTaskScheduledEventAttributes?.activityType)
        .find((each) => each?.name === from);
      assert(type);
      type.name = to;
      await assert.rejects(replay(altered), DeterminismViolationError);
    });
  }

  it('is recorded without secrets, records, names of machines or places in them', () => {
    for (const [name, history] of histories) {
      const text = textsOf(history).join('\n');
      assert.doesNotMatch(text, /gAAAA|POST (view|cart|purchase)|^(identity|stackTrace)$|dist\/src/m, name);
    }
  });
});
