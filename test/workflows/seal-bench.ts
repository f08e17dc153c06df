import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { WorkerInterceptors } from '@temporalio/worker';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { type Hour, parseHour } from '../../src/dataset/hour.js';
import { formOf } from '../../src/dataset/form.js';
import type { Ledger } from '../../src/lake/ledger.js';
import { type SealInput, sealNow } from '../../src/workflows/messages.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import type { sealHour } from '../../src/workflows/seal-hour.js';
import { archive, carryByHand } from '../support/by-hand.js';
import { expectedRow } from '../support/expected-rows.js';
import { keysUnder, ledgerOf, rowsOf } from '../support/lake.js';
import type { Pipeline, TestLake } from '../support/pipeline.js';

export type SealHandle = WorkflowHandleWithFirstExecutionRunId<typeof sealHour>;

export const hour = (text: string): Hour => {
  const parsed = parseHour(text);
  assert(parsed);
  return parsed;
};

const ARRIVED_MS = Date.parse('2023-06-01T00:00:00.000Z');

/** A dataset of its own in the pipeline's lake, whose segments are made by hand and whose hours are sealed by real workflows. */
export class SealBench {
  readonly dataset = `s${randomBytes(5).toString('hex')}`;
  private carried = 0;

  constructor(private readonly run: Pipeline<TestLake>) {}

  /** The records are archived (`atMs` after the bench's first instant) and stand in a segment of their hour. */
  async arrive(records: readonly SampleRecord[], atMs = this.carried * 1000): Promise<string> {
    const raw = await archive(this.run.deps, this.dataset, records, ARRIVED_MS + atMs);
    await this.carry(raw);
    return raw;
  }

  async archived(records: readonly SampleRecord[], atMs: number): Promise<string> {
    return await archive(this.run.deps, this.dataset, records, ARRIVED_MS + atMs);
  }

  async carry(...raws: readonly string[]): Promise<void> {
    const slot = `20230601T000000.${String(this.carried).padStart(3, '0')}Z`;
    this.carried += 1;
    await carryByHand(this.run.deps, this.dataset, raws, slot);
  }

  async start(of: Hour, given: Partial<SealInput> = {}): Promise<SealHandle> {
    const input: SealInput = {
      dataset: this.dataset,
      hour: of,
      latenessMs: 0,
      idleMs: 3_600_000,
      contiguousIds: true,
      watermarkMs: null,
      ...given,
    };
    return await this.run.client.workflow.start<typeof sealHour>('sealHour', {
      workflowId: sealWorkflowId(this.dataset, of),
      taskQueue: this.run.config.taskQueue,
      args: [input],
    });
  }

  /** Starts the hour's seal, or asks the one that another hour has started, to be done at once, and waits for it. */
  async seal(of: Hour): Promise<Ledger> {
    const ours = await this.start(of, { now: true }).catch(unlessStarted);
    if (!ours)
      await this.run.client.workflow.getHandle(sealWorkflowId(this.dataset, of)).executeUpdate(sealNow);
    await this.run.client.workflow.getHandle(sealWorkflowId(this.dataset, of)).result();
    return await this.ledger(of);
  }

  async ledger(of: Hour): Promise<Ledger> {
    const ledger = await ledgerOf(this.run.lake.storage, this.dataset, of);
    assert(ledger, `${of} has no ledger`);
    return ledger;
  }

  async assertLanded(of: Hour, records: readonly SampleRecord[]): Promise<void> {
    assert.deepEqual(await rowsOf(this.run.lake.storage, this.dataset, of), records.map(expectedRow));
  }

  /** Every ledger and object agrees with the archive, and neither segments nor scratch are left. */
  async assertTidy(): Promise<void> {
    const { storage } = this.run.lake;
    const form = formOf(this.run.config.declaration);
    const ring = await this.run.deps.keyRing();
    const report = await auditLake({ storage, dataset: this.dataset, ring, form });
    assert.deepEqual(report.findings, []);
    assert.deepEqual(await keysUnder(storage, `segments/${this.dataset}/`), []);
    assert.deepEqual(await keysUnder(storage, `staging/${this.dataset}/`), []);
  }
}

function unlessStarted(error: unknown): undefined {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
}

/** Lets a test act in the worker just before an activity runs: what it throws, the activity throws. */
export class Interruptions {
  private readonly waiting = new Map<string, () => Promise<void>>();

  /** Once, before the next run of this activity. */
  before(activity: string, act: () => Promise<void>): void {
    this.waiting.set(activity, act);
  }

  readonly interceptors: WorkerInterceptors = {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: async (input, next) => {
            const act = this.waiting.get(info.activityType);
            this.waiting.delete(info.activityType);
            await act?.();
            return await next(input);
          },
        },
      }),
    ],
  };
}
