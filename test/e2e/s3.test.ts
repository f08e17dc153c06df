import assert from 'node:assert/strict';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { tableKey, tablePrefix } from '../../src/domain/lake-keys.js';
import { openStorage } from '../../src/storage/open.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { awsEnv, useAwsEnv } from '../support/aws-env.js';
import { executions, historyOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import type { S3Request } from '../support/s3-access-log.js';
import { adminClient, s3ServerOrSkip, type S3Server, type S3User } from '../support/s3-server.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const PREFIX = 'some/where';

/**
 * Starts a dev server (shared), an S3 server, a sample API on loopback and two worker processes. The workers have an
 * account of their own, so that the server's access log tells their requests from those of the test.
 */
describe('a generated series through two workers into S3', function () {
  this.timeout(240_000);
  let server: S3Server;
  let account: S3User;
  let source: SteppedSource;
  let run: Pipeline<TestLake>;
  let restore: (() => void) | undefined;
  let requests: S3Request[];
  const workers: WorkerProcess[] = [];

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    account = await accountOf(server);
    restore = useAwsEnv(server.env);
    const uri = `s3://${server.bucket}/${PREFIX}`;
    const storage = await openStorage(uri, { forcePathStyle: true });
    // The same records as in generated.test.ts: passing assertTable here means the same bytes as in a folder.
    source = await steppedSource({ steps: 24, recordsPerStep: 30, minutesPerStep: 10 });
    const { endpoint, region } = server;
    const env = { ...awsEnv({ endpoint, region, ...account }), FERNLAKE_LAKE: uri };
    run = await pipeline(source.server.url, env, { uri, storage, remove: () => undefined });
    workers.push(...(await Promise.all([startWorkerProcess(run.env), startWorkerProcess(run.env)])));
    await run.schedule();
    await run.untilLanded(source.records.length);
    await run.settle();
    requests = (await server.requests()).filter(({ user }) => user === account.accessKey);
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await run?.close();
    restore?.();
    await source?.server.close();
    await server?.stop();
  });

  it('lands the same bytes as in a folder', () => assertTable(run, source.records));
  it('agrees with the archive and leaves no segment and no scratch behind', () => assertTidy(run));

  it('writes the table once per sealed hour, and once more per revision', async () => {
    const expected = [...(await ledgers(run.lake.storage, run.dataset))].map(([hour, { revision }]) => [
      `${PREFIX}/${tableKey(run.dataset, hour)}`,
      revision,
    ]);
    assert.equal(expected.length, 5);
    const puts = requests.filter(
      ({ operation, key }) => writes(operation) && key.startsWith(`${PREFIX}/${tablePrefix(run.dataset)}`),
    );
    assert.deepEqual([...countBy(puts, ({ key }) => key)].sort(), expected.sort());
    assert(
      puts.every(({ status }) => status === 200),
      'no write was refused',
    );
    console.log(table(requests, expected.length, source.server.requests()));
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

/** A user that may do everything in the bucket. */
async function accountOf(server: S3Server): Promise<S3User> {
  const user = await server.addUser();
  const client = adminClient(server);
  const arn = `arn:aws:s3:::${server.bucket}`;
  const Statement = [
    { Effect: 'Allow', Principal: user.accessKey, Action: 's3:*', Resource: [arn, `${arn}/*`] },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: server.bucket, Policy }));
  client.destroy();
  return user;
}

const writes = (operation: string): boolean =>
  /^(PutObject|CompleteMultipartUpload|CopyObject)$/.test(operation);

function countBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return counts;
}

/** Requests by kind and by the lake's first folder, in all and per sealed hour. */
function table(requests: readonly S3Request[], hours: number, polls: number): string {
  const folderOf = (key: string): string =>
    key === '-' ? '' : (key.slice(PREFIX.length + 1).split('/')[0] ?? '');
  const kinds = countBy(requests, ({ operation, key }) => {
    const folder = folderOf(key);
    return `${operation} ${/^(raw|ledger|segments|staging|quarantine)$/.test(folder) ? `${folder}/` : folder && 'table'}`;
  });
  const lines = [...kinds]
    .sort()
    .map(
      ([kind, n]) => `      ${kind.padEnd(28)}${String(n).padStart(6)}${(n / hours).toFixed(1).padStart(9)}`,
    );
  return [
    `      ${hours} hours from ${polls} polls:`.padEnd(34) + '   all   per hour',
    ...lines,
    `      ${'in all'.padEnd(28)}${String(requests.length).padStart(6)}${(requests.length / hours).toFixed(1).padStart(9)}`,
  ].join('\n');
}
