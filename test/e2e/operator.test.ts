import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createMint, DEMO_KEY, pythonRepr } from '../../examples/source-server/index.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import type { Hour } from '../../src/dataset/hour.js';
import { tableKey } from '../../src/lake/keys.js';
import { quarantinedTotal } from '../../src/lake/ledger.js';
import { scheduleHandle } from '../../src/schedule.js';
import type { ReprocessResult } from '../../src/workflows/messages.js';
import { fernlake, type Outcome } from '../commands/fernlake.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { hashesUnder, ledgers, objectAt } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';

const NEW_KEY = Buffer.alloc(32, 9).toString('base64url');
/** From this share of its records on, the source encrypts with a key that nobody has given to fernlake yet. */
const ROTATED_AT = 0.5;

/**
 * One lake in the hands of an operator; each test goes on from the one before. Starts a dev server (shared), a sample API on
 * loopback, a worker in this process, and `bin/fernlake` for each command. The schedule runs all the while.
 */
describe('an operator with a key that came late', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let keyFile: string;

  before(async () => {
    const mintNew = createMint(NEW_KEY);
    let rotatedId = Infinity;
    const byId = (id: number) => source.records.find(({ record_id }) => record_id === id) ?? assert.fail();
    source = await steppedSource(
      { steps: 10, recordsPerStep: 25, minutesPerStep: 20 },
      {
        mutate: (envelopes) =>
          envelopes.map((envelope) =>
            envelope.recordId < rotatedId
              ? envelope
              : { ...envelope, data: mintNew(pythonRepr(byId(envelope.recordId)), Date.now()) },
          ),
      },
    );
    rotatedId = source.records[Math.floor(source.records.length * ROTATED_AT)]?.record_id ?? assert.fail();
    run = await pipeline(source.server.url, { FERNET_KEYS: '', FERNET_KEYS_FILE: newKeyFile() });
    await run.startWorker();
    await run.schedule();
    await run.untilLanded(rotatedId - (source.records[0]?.record_id ?? 0));
    await until('the source has shown all', () => source.done(), 60_000);
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
    if (keyFile) rmSync(path.dirname(keyFile), { recursive: true });
  });

  function newKeyFile(): string {
    keyFile = path.join(mkdtempSync(path.join(os.tmpdir(), 'fernlake-operator-')), 'keys');
    writeFileSync(keyFile, `${DEMO_KEY}\n`);
    return keyFile;
  }

  const command = (...args: string[]): Promise<Outcome> =>
    fernlake(args, { env: run.env, cwd: path.dirname(keyFile) });

  async function asJson<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await command(...args, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  const waiting = async (): Promise<number> =>
    [...(await ledgers(run.lake.storage, run.dataset)).values()].reduce(
      (sum, { quarantined }) => sum + quarantinedTotal(quarantined),
      0,
    );

  it('sees in the quarantine what waits for it, by reason and hour, and no token', async () => {
    const { code, stdout } = await command('quarantine', 'list');
    assert.equal(code, 0);
    assert.match(stdout, /^undecryptable +\d{4}-\d\d-\d\dT\d\d +[\d,]+ +[\d,]+ +its key$/m);
    const { quarantined, groups } = await asJson<{ quarantined: number; groups: { reason: string }[] }>(
      'quarantine',
      'list',
    );
    assert(quarantined >= source.records.length * (1 - ROTATED_AT), String(quarantined));
    assert.deepEqual([...new Set(groups.map(({ reason }) => reason))], ['undecryptable']);
    const entries = await command('quarantine', 'list', '--reason', 'undecryptable');
    assert.match(entries.stdout, /MAC is right for none of 1 keys$/m);
    assert.doesNotMatch(stdout + entries.stdout, /gAAAA/);
  });

  it('has nothing to redrive before the key is there', async () => {
    assert.deepEqual(await asJson('quarantine', 'redrive', '--dry-run'), []);
    const { carried, changed } = await asJson<ReprocessResult>('quarantine', 'redrive');
    assert.deepEqual([carried, changed], [0, []]);
  });

  it('adds the key while the worker runs, redrives, and every record lands', async () => {
    writeFileSync(keyFile, `${NEW_KEY}\n${DEMO_KEY}\n`);
    assert((await asJson<string[]>('quarantine', 'redrive', '--dry-run')).length > 0);
    await scheduleHandle(run.client, run.config).unpause();
    const { carried } = await asJson<ReprocessResult>('quarantine', 'redrive');
    assert(carried > 0);
    await run.untilLanded(source.records.length);
    await run.settle();
    await assertTable(run, source.records);
    await assertTidy(run);
    assert.equal(await waiting(), 0);
    assert.match((await command('quarantine', 'list')).stdout, /Nothing is in quarantine/);
  });

  it('finds in the ledgers how many records each key has opened', async () => {
    const all = [...(await ledgers(run.lake.storage, run.dataset)).values()];
    const opened = new Map<string, number>();
    for (const { keys } of all)
      for (const [id, n] of Object.entries(keys)) opened.set(id, (opened.get(id) ?? 0) + n);
    const [newId = '', oldId = ''] = createKeyRing([NEW_KEY, DEMO_KEY]).keyIds;
    assert.deepEqual([...opened.keys()].sort(), [newId, oldId].sort());
    assert((opened.get(newId) ?? 0) >= source.records.length * (1 - ROTATED_AT));
  });

  it('computes everything again, and no byte changes', async () => {
    // What was asked for after the last run had ended is carried by whoever comes next.
    assert.equal((await command('reprocess')).code, 0);
    await run.settle();
    const before = await hashesUnder(run.lake.storage, '');
    const plan = await asJson<{ hours: Hour[]; uncarried: string[] }>('reprocess', '--dry-run');
    assert.deepEqual(plan.hours, [...(await ledgers(run.lake.storage, run.dataset)).keys()].sort());
    assert.deepEqual(plan.uncarried, []);
    assert.match(
      (await command('reprocess', '--dry-run')).stdout,
      /would be computed again.*Nothing was changed/,
    );
    assert.equal((await command('reprocess', '--from', '2024', '--to', '2023')).code, 2);
    const diffs = await asJson<{ changed: boolean }[]>('reprocess', '--diff');
    assert.equal(diffs.length, (await ledgers(run.lake.storage, run.dataset)).size);
    assert(diffs.every(({ changed }) => !changed));
    const { hours, changed } = await asJson<ReprocessResult>('reprocess');
    assert.deepEqual([hours, changed], [diffs.length, []]);
    assert.deepEqual(await hashesUnder(run.lake.storage, ''), before);
  });

  it('sees in a diff what a loss would be mended to, and then has it mended to the byte', async () => {
    const { storage } = run.lake;
    const [first, second] = [...(await ledgers(storage, run.dataset)).keys()] as [Hour, Hour];
    const key = tableKey(run.dataset, first);
    const whole = await objectAt(storage, key);
    await storage.delete([key]);
    assert.equal((await command('verify')).code, 1);
    const { stdout } = await command('reprocess', '--diff');
    assert.match(stdout, new RegExp(`^${first}: \\+\\d+ -0 ~0 rows`, 'm'));
    assert.match(stdout, /1 would change\. Nothing was changed/);
    assert.equal(await objectAt(storage, key), undefined);
    // A range that does not hold the hour leaves it.
    await asJson('reprocess', '--from', second);
    assert.equal(await objectAt(storage, key), undefined);
    const { hours, changed } = await asJson<ReprocessResult>('reprocess', '--from', first, '--to', first);
    assert.deepEqual([hours, changed], [1, [first]]);
    assert.deepEqual(await objectAt(storage, key), whole);
    // Not before: what a poll archives meanwhile is carried by the reprocess, too, and touches its newest hours.
    await scheduleHandle(run.client, run.config).unpause();
    await run.settle();
    await assertTable(run, source.records);
    assert.equal((await command('verify')).code, 0);
  });
});
