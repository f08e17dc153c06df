import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sharedTemporal } from '../support/temporal-server.js';
import { fernlake, type Outcome } from './fernlake.js';

interface Shown {
  readonly id: string;
  readonly paused: boolean;
  readonly note?: string;
  readonly spec: readonly { readonly every: number }[];
  readonly overlap: string;
  readonly info: { readonly numActionsTaken: number; readonly runningActions: readonly unknown[] };
}

describe('fernlake schedule', function () {
  this.timeout(120_000);
  let dir: string;
  let address: string;
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-schedule-'));
    ({ address } = await sharedTemporal());
  });
  after(async () => {
    await schedule(['delete']);
    rmSync(dir, { recursive: true });
  });

  const schedule = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    fernlake(['schedule', ...args], {
      cwd: dir,
      env: {
        TEMPORAL_ADDRESS: address,
        FERNLAKE_DATASET: 'clischedule',
        FERNLAKE_TASK_QUEUE: 'clischedule',
        FERNLAKE_SLOT: '1h',
        ...env,
      },
    });
  async function good(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await schedule(args, env);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  }
  const shown = async (): Promise<Shown> => JSON.parse(await good(['show', '--json'])) as Shown;

  it('says that there is no schedule, and how to make one', async () => {
    for (const args of [['show'], ['pause'], ['trigger'], ['delete'], ['pause', '--dry-run']]) {
      const { code, stderr } = await schedule(args);
      assert.match(
        stderr,
        /no schedule fernlake-clischedule in namespace default at .*fernlake schedule apply/,
      );
      assert.equal(code, 2);
    }
  });

  it('says what it would do with --dry-run, and does nothing of it', async () => {
    const dry = (...args: string[]): Promise<string> => good([...args, '--dry-run']);
    const span = ['--from', '2023-04-20T10:00:00Z', '--to', '2023-04-20T13:00:00Z'];
    assert.match(await dry('apply'), /would be created: a run every 3600 s[^]*Nothing was changed/);
    assert.equal((await schedule(['show'])).code, 2);
    await good(['apply']);
    const made = await shown();
    assert.match(await dry('apply'), /is what the configuration says\. Nothing would be changed/);
    const other = await good(['apply', '--dry-run'], { FERNLAKE_SLOT: '2h' });
    assert.match(other, /would be updated[^]*every: \[3600000\] becomes \[7200000\]/);
    assert.match(other, /slotMs: 3600000 becomes 7200000/);
    assert.match(await dry('pause'), /would be paused\. Nothing was changed/);
    assert.match(await dry('resume'), /is not paused\. Nothing was changed/);
    assert.match(await dry('trigger'), /would be asked for a run\. Nothing was changed/);
    assert.match(await dry('backfill', ...span), /would carry 4 slots again/);
    assert.match(await dry('delete'), /would be deleted\. The lake stays\. Nothing was changed/);
    assert.deepEqual(await shown(), made);
    await good(['delete']);
  });

  it('is made, shown, changed, paused, resumed, triggered, carried again and deleted', async () => {
    assert.match(await good(['apply']), /fernlake-clischedule is created: a run every 3600 s/);
    const made = await shown();
    assert.deepEqual(
      [made.id, made.paused, made.spec[0]?.every, made.overlap],
      ['fernlake-clischedule', false, 3_600_000, 'BUFFER_ONE'],
    );
    assert.match(made.note ?? '', /polls the source of clischedule/);
    assert.match(await good(['pause', '--note', 'moving house']), /is paused.*resume with/);
    assert.match(await good(['apply'], { FERNLAKE_SLOT: '2h' }), /is updated: a run every 7200 s/);
    const changed = await shown();
    assert.deepEqual(
      [changed.paused, changed.note, changed.spec[0]?.every],
      [true, 'moving house', 7_200_000],
    );
    assert.match(await good(['show']), /paused \(moving house\), a run every 7200 s/);
    assert.match(await good(['resume']), /runs again/);
    assert.equal((await shown()).paused, false);
    assert.match(await good(['trigger']), /is asked for/);
    assert.match(
      await good(['backfill', '--from', '2023-04-20T10:00:00Z', '--to', '2023-04-20T13:00:00Z']),
      /from 2023-04-20T10:00:00.000Z to 2023-04-20T13:00:00.000Z/,
    );
    for (let i = 0; i < 50 && (await shown()).info.numActionsTaken === 0; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 200));
    assert((await shown()).info.numActionsTaken > 0);
    assert.match(await good(['delete']), /is deleted\. The lake is untouched/);
  });

  it('takes no times that are none, and no span that ends before it begins', async () => {
    const at = ['--from', '2023-04-20T10:00:00Z', '--to'];
    for (const [args, message] of [
      [['backfill', ...at, 'yesterday'], /It must be a time such as/],
      [['backfill', ...at, '2023-04-19T10:00:00Z'], /--from must be before --to/],
      [['backfill'], /required option '--from <time>' not specified/],
    ] as const) {
      const { code, stderr } = await schedule(args);
      assert.match(stderr, message);
      assert.equal(code, 2);
    }
  });

  it('says that the namespace is not there', async () => {
    const { code, stderr } = await schedule(['apply'], { TEMPORAL_NAMESPACE: 'nowhere' });
    assert.match(stderr, /TEMPORAL_NAMESPACE/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(code, 2);
  });
});
