import { LOG_FORM, logForm } from '../support/forms.js';
import assert from 'node:assert/strict';
import os from 'node:os';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { ledgerKey, parquetKey, tableKey } from '../../src/lake/keys.js';
import { openStorage } from '../../src/storage/open.js';
import { fernlake, type Outcome } from '../commands/fernlake.js';
import { useAwsEnv } from '../support/aws-env.js';
import { sampleRecords } from '../support/by-hand.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import { s3ServerOrSkip, type S3Server } from '../support/s3-server.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { until } from '../support/until.js';
import { hour, SealBench } from '../workflows/seal-bench.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';

const TEN = hour('2023-05-01T10');
const ELEVEN = hour('2023-05-01T11');
const FIELDS = 'score:number';

/**
 * Starts a dev server (shared), an S3 server and worker processes. Segments are made by hand; seals and reprocess are real
 * workflows, and every command is a process of its own.
 */
describe('a lake in S3 with Parquet', function () {
  this.timeout(240_000);
  let server: S3Server;
  let run: Pipeline<TestLake>;
  let bench: SealBench;
  let worker: WorkerProcess | undefined;
  let restore: (() => void) | undefined;

  const records = sampleRecords(1, 12, '2023-05-01T10:10:00.000Z');
  const eleven = sampleRecords(13, 20, '2023-05-01T11:10:00.000Z');
  // A field of which nobody knew: it lands all the same.
  const scored = (all: readonly SampleRecord[]): SampleRecord[] =>
    all.map((record) => ({ ...record, score: record.record_id / 4 }));

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    restore = useAwsEnv(server.env);
    const uri = `s3://${server.bucket}/lake`;
    const storage = await openStorage(uri, { forcePathStyle: true });
    const env = { ...server.env, FERNLAKE_LAKE: uri, FERNLAKE_FORMATS: 'ndjson,parquet' };
    run = await pipeline('http://127.0.0.1:9/', env, { uri, storage, remove: () => undefined });
    bench = new SealBench(run);
    worker = await startWorkerProcess({ ...run.env, FERNLAKE_DATASET: bench.dataset });
  });
  after(async () => {
    await worker?.stop();
    await run?.close();
    restore?.();
    await server?.stop();
  });

  const command = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    fernlake(args, { cwd: os.tmpdir(), env: { ...run.env, FERNLAKE_DATASET: bench.dataset, ...env } });
  const bodyOf = async (key: string): Promise<Buffer> => (await run.lake.storage.get(key)).body;
  const verified = async (env: Record<string, string> = {}): Promise<void> => {
    const { code, stdout, stderr } = await command(['verify', '--engine'], env);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /agrees with the archive, and with what DuckDB counts/);
    const { landed } = await bench.ledger(TEN);
    const rows = landed + (await bench.ledger(ELEVEN)).landed;
    assert.match(stdout, new RegExp(`DuckDB reads +${rows} +rows from the JSON lines, ${rows} from Parquet`));
  };

  it('has both forms of every sealed hour, with the same rows', async () => {
    await bench.arrive(records.slice(0, 8));
    await bench.arrive(scored(eleven));
    await bench.seal(TEN);
    const { parquet } = await bench.ledger(TEN);
    assert.deepEqual([parquet?.key, parquet?.rows], [parquetKey(bench.dataset, TEN), 8]);
    assert.equal((await bench.seal(ELEVEN)).parquet?.rows, 8);
    await bench.assertLanded(TEN, records.slice(0, 8));
    await verified();
  });

  it('has them of a late revision', async () => {
    await bench.arrive(records.slice(6));
    const { revision, late, parquet } = await bench.seal(TEN);
    assert.deepEqual([revision, late, parquet?.rows], [2, 4, 12]);
    await until(
      "11 o'clock has looked again",
      async () => (await bench.ledger(ELEVEN)).ids.missingCount === 0,
    );
    await run.client.workflow.getHandle(sealWorkflowId(bench.dataset, ELEVEN)).result();
    await verified();
  });

  it('answers a query from the hours asked for alone, and fetches no other object', async () => {
    const before = (await server.requests()).length;
    const sql = `SELECT hour, count(DISTINCT user_id) AS users, count(detail.levelname) AS levels FROM ${bench.dataset}_parquet GROUP BY hour`;
    const range = ['--from', ELEVEN, '--to', ELEVEN];
    const { stdout } = await command(['query', sql, ...range, '--format', 'csv']);
    assert.equal(stdout, 'hour,users,levels\n11,8,8\n');
    const requests = (await server.requests()).slice(before);
    assert.deepEqual(
      requests.filter(({ operation }) => operation === 'GetObject').map(({ key }) => key),
      // The newest ledger says by which definition rows are read.
      [ledgerKey(bench.dataset, ELEVEN), parquetKey(bench.dataset, ELEVEN)].map((key) => `lake/${key}`),
    );
    // The same from the JSON lines; and, of two tables, both kinds of objects.
    const both = `SELECT (SELECT count(*) FROM ${bench.dataset}) AS a, (SELECT count(*) FROM ledger) AS b`;
    assert.equal((await command(['query', both, '--format', 'csv'])).stdout, 'a,b\n20,2\n');
  });

  it('comes out of reprocess as it is, byte for byte', async () => {
    const keys = [TEN, ELEVEN].flatMap((each) => [
      tableKey(bench.dataset, each),
      parquetKey(bench.dataset, each),
    ]);
    const before = await Promise.all(keys.map(bodyOf));
    await run.lake.storage.delete([keys[1] ?? '']);
    const { code, stderr } = await command(['reprocess']);
    assert.equal(code, 0, stderr);
    for (const [i, key] of keys.entries()) assert.ok((await bodyOf(key)).equals(before[i]!), key);
    await verified();
  });

  it('gives a field that a user adds its column, by reprocess, and stays readable until then', async () => {
    const shown = await command(['schema']);
    assert.match(shown.stdout, /score +8 +2023-05-01T11 +new +float: 6, integer: 2/);
    assert.match(shown.stdout, /FERNLAKE_FIELDS=score:number/);
    const env = { FERNLAKE_FIELDS: FIELDS };
    await verified(env);
    const sum = async (table: string): Promise<string> => {
      const sql = `SELECT hour, sum(score) AS score FROM ${table} GROUP BY hour ORDER BY hour`;
      return (await command(['query', sql, '--format', 'csv'], env)).stdout;
    };
    const expected = `hour,score\n10,\n11,${eleven.reduce((all, { record_id: id }) => all + id / 4, 0)}\n`;
    assert.equal(await sum(bench.dataset), expected);
    await worker?.stop();
    worker = await startWorkerProcess({ ...run.env, FERNLAKE_DATASET: bench.dataset, ...env });
    const object = await bodyOf(tableKey(bench.dataset, ELEVEN));
    const { code, stderr } = await command(['reprocess', '--from', ELEVEN], env);
    assert.equal(code, 0, stderr);
    assert.ok((await bodyOf(tableKey(bench.dataset, ELEVEN))).equals(object));
    const { definition, revision } = await bench.ledger(ELEVEN);
    assert.deepEqual(
      [definition, revision],
      [logForm({ fields: [{ name: 'score', type: 'number' }] }).definition, 1],
    );
    assert.equal((await bench.ledger(TEN)).definition, LOG_FORM.definition);
    // Ten o'clock has no such column, eleven has: one query over both.
    assert.equal(await sum(`${bench.dataset}_parquet`), expected);
    await verified(env);
  });
});
