import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { tableKey, tablePrefix } from '../../src/lake/keys.js';
import type { Check } from '../../src/inspect/doctor/check.js';
import { openStorage } from '../../src/storage/open.js';
import { fernlake } from '../commands/fernlake.js';
import { bucketPolicy } from '../deploy/one-less.js';
import { workerPolicy } from '../deploy/worker-policy.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { awsEnv, useAwsEnv } from '../support/aws-env.js';
import { archive, sampleRecord } from '../support/by-hand.js';
import { executions, historyOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import type { S3Request } from '../support/s3-access-log.js';
import { ageUploads } from '../support/s3-age.js';
import { adminClient, s3ServerOrSkip, type S3Server, type S3User } from '../support/s3-server.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Of its own: ids of schedules and seals are of the dataset, and other files work on the same server. */
const DATASET = 's3logs';

/**
 * Starts a dev server (shared), an S3 server, a sample API on loopback and two worker processes. The workers have an
 * account of their own, an ordinary one that may do exactly what the role in deploy/aws grants, and the server's access log
 * tells their requests from those of the test.
 */
describe("a generated series through two workers into S3, with the worker role's rights", function () {
  this.timeout(240_000);
  let server: S3Server;
  let account: S3User;
  let source: SteppedSource;
  let run: Pipeline<TestLake>;
  let restore: (() => void) | undefined;
  const workers: WorkerProcess[] = [];
  const machines: string[] = [];

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    account = await accountOf(server);
    restore = useAwsEnv(server.env);
    const uri = `s3://${server.bucket}`;
    const storage = await openStorage(uri, { forcePathStyle: true });
    // The same records as in generated.test.ts: passing assertTable here means the same bytes as in a folder.
    source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 20 });
    const { endpoint, region } = server;
    const access = awsEnv({ endpoint, region, ...account });
    const env = { ...access, FERNLAKE_LAKE: uri, FERNLAKE_DATASET: DATASET };
    run = await pipeline(source.server.url, env, { uri, storage, remove: () => undefined });
    // Each has a home and a folder for temporary files of its own, as on two machines.
    machines.push(...['one', 'two'].map((name) => mkdtempSync(path.join(os.tmpdir(), `fernlake-${name}-`))));
    workers.push(
      ...(await Promise.all(
        machines.map((dir) =>
          startWorkerProcess({ ...run.env, HOME: dir, TMPDIR: dir, XDG_CACHE_HOME: dir }),
        ),
      )),
    );
    await run.schedule();
    await run.untilLanded(source.records.length);
    await run.settle();
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await run?.close();
    for (const dir of machines) rmSync(dir, { recursive: true, force: true });
    restore?.();
    await source?.server.close();
    await server?.stop();
  });

  const requests = async (): Promise<S3Request[]> =>
    (await server.requests()).filter(({ user }) => user === account.accessKey);

  async function assertOnePutPerRevision(): Promise<void> {
    const revisions = [...(await ledgers(run.lake.storage, DATASET))].map(
      ([hour, { revision }]): [string, number] => [tableKey(DATASET, hour), revision],
    );
    assert.equal(revisions.length, 5);
    assert(
      revisions.some(([, revision]) => revision > 1),
      'the late record has made a revision',
    );
    const puts = (await requests()).filter(
      ({ operation, key }) => writes(operation) && key.startsWith(tablePrefix(DATASET)),
    );
    assert.deepEqual(countsOf(puts), Object.fromEntries(revisions));
    assert(
      puts.every(({ status }) => status === 200),
      'no write was refused',
    );
  }

  /** One that comes when its hour is sealed; reprocessing carries it, and computes all the other hours again. */
  async function lateRecord(): Promise<void> {
    const [first, last] = [source.records[0], source.records.at(-1)];
    const late = sampleRecord((last?.record_id ?? 0) + 1, first?.inDate ?? '');
    await archive(run.deps, DATASET, [late], Date.now());
    await run.settle();
  }

  it('lands the same bytes as in a folder', () => assertTable(run, source.records));
  it('agrees with the archive and leaves no segment and no scratch behind', () => assertTidy(run));

  it('takes back large uploads that a dead worker began over a day ago, its own dataset’s and no other’s', async () => {
    const [dead, young, others] = [`raw/${DATASET}/dead`, `raw/${DATASET}/young`, 'raw/other/dead'];
    const admin = adminClient(server);
    const Bucket = server.bucket;
    for (const Key of [dead, young, others])
      await admin.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    for (const key of [dead, others]) await ageUploads(server, key, 25 * 3_600_000);
    await lateRecord();
    const { Uploads } = await admin.send(new ListMultipartUploadsCommand({ Bucket }));
    admin.destroy();
    assert.deepEqual(Uploads?.map(({ Key }) => Key).sort(), [others, young].sort());
  });

  it('writes the table once per sealed hour, and once more per revision', async () => {
    await assertOnePutPerRevision();
    assert.deepEqual((await run.audit()).findings, []);
  });

  it('was refused nothing, and is looked through with the same rights', async () => {
    const refused = (await requests()).filter(({ status }) => status === 403);
    assert.deepEqual(refused, []);
    const own = { env: run.env, cwd: os.tmpdir() };
    const verified = await fernlake(['verify'], own);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const { stdout } = await fernlake(['doctor', '--json'], own);
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    const ofLake = checks.filter(({ name }) => name.startsWith('lake: '));
    assert.equal(ofLake.length, 6);
    for (const { name, state, says } of ofLake) assert.equal(state, 'ok', `${name}: ${says}`);
  });

  it('depends on no disk of the machines: their folders are as empty as before', () => {
    assert.deepEqual(
      machines.map((dir) => readdirSync(dir)),
      [[], []],
    );
  });

  it('was carried by both', async () => {
    const identities = new Set<string>();
    for (const { workflowId, runId } of await executions(run.client, run.config.taskQueue)) {
      for (const event of (await historyOf(run.client, workflowId, runId)).events ?? [])
        identities.add(event.activityTaskStartedEventAttributes?.identity ?? '');
    }
    for (const { pid } of workers) {
      assert(
        [...identities].some((identity) => identity.startsWith(`${pid}@`)),
        `${pid}: ${[...identities].join()}`,
      );
    }
  });
});

/** An ordinary user with the role's rights, by a bucket policy. */
async function accountOf(server: S3Server): Promise<S3User> {
  const user = await server.addUser();
  const client = adminClient(server);
  const Policy = bucketPolicy(workerPolicy({ bucket: server.bucket, dataset: DATASET }), user.accessKey);
  await client.send(new PutBucketPolicyCommand({ Bucket: server.bucket, Policy }));
  client.destroy();
  return user;
}

const writes = (operation: string): boolean =>
  /^(PutObject|CompleteMultipartUpload|CopyObject)$/.test(operation);

/** By the table's keys, from the server's own log. */
function countsOf(puts: readonly S3Request[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key } of puts) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
