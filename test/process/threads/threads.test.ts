import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Heavy } from '../../../src/process/threads/messages.js';
import { onThreads } from '../../../src/process/threads/on-threads.js';
import { createThreads, HEAP_FLAG, type Threads } from '../../../src/process/threads/threads.js';
import { Bench, DATASET, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from '../../activities/bench.js';
import { failsAs } from '../../activities/seal/fails-as.js';

const RECORDS = 400;

describe('activities on threads', function () {
  this.timeout(60_000);
  let bench: Bench;
  let threads: Threads;
  let there: Bench;
  /** What ran on a thread, in order. */
  let ran: Heavy[];

  beforeEach(async () => {
    bench = await Bench.open();
    const made = createThreads({
      lake: bench.storage.uri,
      ...{
        s3PathStyle: false,
        datasets: { [DATASET]: { declaration: LOG_FORM.declaration, parquet: false } },
        code: bench.deps.code,
      },
    });
    ran = [];
    threads = {
      ...made,
      get awake() {
        return made.awake;
      },
      run(group, name, input, keys, atHand) {
        ran.push(name);
        return made.run(group, name, input, keys, atHand);
      },
    };
    there = bench.placed((here) => onThreads(here, threads, bench.deps.keyRing, { writesParquet: false }));
  });
  afterEach(async () => {
    await threads.close();
    await bench.close();
  });

  const archiveMuch = async (answers: number): Promise<string[]> => {
    const raws: string[] = [];
    for (let n = 0; n < answers; n += 1) {
      const [from, at] = [n * RECORDS, T13 - 3 * MINUTE + n * MINUTE];
      raws.push(
        await bench.archive(at + 10 * MINUTE, [...envelopes(from, from + RECORDS - 1, at), 'no envelope']),
      );
    }
    return raws;
  };

  it('leave the same bytes as beside everything else', async () => {
    const raws = await archiveMuch(7);
    const prefixes = ['segments/', 'quarantine/'];
    const carried = async (by: Bench): Promise<object[]> => {
      assert.deepEqual(await by.carry(raws), [HOUR_12, HOUR_13]);
      return await Promise.all(prefixes.map((prefix) => by.hashes(prefix)));
    };
    const expected = await carried(bench);
    assert.deepEqual(await carried(there), expected);
    assert.deepEqual(ran, ['decrypt', 'compact', 'partition', 'gzip', 'upload']);
    await there.sealAll([HOUR_12, HOUR_13]);
    assert.ok(ran.includes('merge') && ran.includes('settle'));
    const sealed = await there.hashes(`${DATASET}/`);
    assert.equal(Object.keys(sealed).length, 2);
    const { merged } = await bench.seal(HOUR_13);
    assert.equal(merged.outcome, 'nothing');
  });

  it('search the archive, and carry a batch at once to the same bytes', async () => {
    const raws = await archiveMuch(7);
    const all = { dataset: DATASET, after: null };
    assert.deepEqual(await there.activities.findUncarried(all), { raws, before: null, next: null });
    const batch = { dataset: DATASET, raws, slot: 'slot', n: 0 };
    const carried = async (by: Bench): Promise<object[]> => {
      // What is in quarantine by then is put there once: the second road finds it there.
      const result = { ...(await by.activities.carry(batch)), quarantined: {}, bytes: 0 };
      assert.deepEqual(await by.activities.findUncarried(all), { raws: [], before: null, next: null });
      return [result, await by.hashes('segments/'), await by.hashes('quarantine/')];
    };
    const [expected, found] = [await carried(bench), await carried(there)];
    assert.deepEqual(found, expected);
    assert.deepEqual(ran, ['findUncarried', 'carry', 'findUncarried']);
  });

  it('tell V8 of their heaps what it understands', () => {
    const { status, stderr } = spawnSync(process.execPath, [HEAP_FLAG, '-e', '0']);
    assert.equal(status, 0, stderr.toString());
    assert.notEqual(spawnSync(process.execPath, [`${HEAP_FLAG}-other`, '-e', '0']).status, 0);
  });

  it('leave the thread that speaks with the server nearly idle', async () => {
    const raws = await archiveMuch(20);
    await there.carry(raws.slice(0, 2));
    const before = [cpuMsOf(process.pid), mainThreadMs()] as const;
    await there.carry(raws);
    const [all, main] = [cpuMsOf(process.pid) - before[0], mainThreadMs() - before[1]];
    assert.ok(main <= all / 3, `${main} of ${all} ms of processor time were the main thread's`);
  });

  it('are for large batches: none is begun for a small one', async () => {
    const [raw] = await archiveMuch(1);
    const small = await bench.archive(T13 + 20 * MINUTE, envelopes(1, 50, T13));
    await there.carry([small, raw!]);
    assert.deepEqual(ran, []);
    assert.equal(threads.awake, false);
    const many = await archiveMuch(7);
    await there.carry(many);
    assert.deepEqual(ran, ['decrypt', 'compact', 'partition', 'gzip', 'upload']);
  });

  it('fail as they fail here: with the code, the kind and the details', async () => {
    const raws = await archiveMuch(7);
    const scratch = there.scratch();
    const { decrypted } = await there.activities.decrypt({ ...scratch, raws });
    await there.storage.delete([`${scratch.staging}decrypted`]);
    const other = { ...decrypted, sha256: 'f'.repeat(64) };
    await assert.rejects(
      there.activities.compact({ ...scratch, decrypted: other }),
      failsAs('StagedBlobGone', 'terminal'),
    );
  });

  it('have the next step at hand what one has staged, even if it has gone from the lake', async () => {
    const raws = await archiveMuch(7);
    const scratch = there.scratch();
    const { decrypted } = await there.activities.decrypt({ ...scratch, raws });
    await there.storage.delete([`${scratch.staging}decrypted`]);
    const { compacted } = await there.activities.compact({ ...scratch, decrypted });
    assert.equal(compacted.records, 7 * RECORDS);
    // Given once: whoever computes it again reads what is there.
    await assert.rejects(
      there.activities.compact({ ...scratch, decrypted }),
      failsAs('StagedBlobGone', 'terminal'),
    );
  });

  it('stop where a run was cancelled', async () => {
    const raws = await archiveMuch(8);
    const environment = new MockActivityEnvironment();
    const running = environment.run(() => there.activities.decrypt({ ...there.scratch(), raws }));
    environment.cancel();
    await assert.rejects(running, { name: 'CancelledFailure' });
  });
});

const ticksOf = (stat: string): number => {
  const fields = readFileSync(stat, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
};
/** proc(5): a tick is 10 ms. */
const cpuMsOf = (pid: number): number => ticksOf(`/proc/${pid}/stat`) * 10;
const mainThreadMs = (): number => ticksOf(`/proc/self/task/${process.pid}/stat`) * 10;
