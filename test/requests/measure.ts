/**
 * Requests to S3 by kind, as the server counts them: the whole pipeline on versitygw, with the rights of the worker's role,
 * at the source's 1.68 records a second, at ten times as many, and on one that stands still, at the default settings, all times divided by `factor`.
 * Writes docs/reference/requests.md.
 *
 *     npm run requests [factor, default 10] [hours counted, default 2, behind one of warming up]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import {
  createSourceServer,
  type SourceServer,
  type SourceServerOptions,
} from '../../examples/source-server/index.js';
import { openStorage } from '../../src/storage/open.js';
import { bucketPolicy } from '../deploy/one-less.js';
import { workerPolicy } from '../deploy/worker-policy.js';
import { awsEnv, withAwsEnv } from '../support/aws-env.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import type { S3Request } from '../support/s3-access-log.js';
import { adminClient, startS3Server, type S3Server, type S3User } from '../support/s3-server.js';
import { stopSharedTemporal } from '../support/temporal-server.js';
import { kindOf } from './cost.js';
import { type Measured, writePages } from './pages.js';

const RATE = 1.68;
const WINDOW = 100;
const WARM_UP_HOURS = 1;
const HOUR_MS = 3_600_000;

const factor = Number(process.argv[2] ?? 10);
const hours = Number(process.argv[3] ?? 2);
const scaled = (ms: number): string => `${Math.round(ms / factor)}ms`;
/** The defaults of src/config/config.ts, and the same share of an hour as they have. */
const DEFAULTS = {
  FERNLAKE_SLOT: scaled(300_000),
  FERNLAKE_POLL_MIN: scaled(1_000),
  FERNLAKE_POLL_MAX: scaled(300_000),
  FERNLAKE_LATENESS: scaled(300_000),
  FERNLAKE_IDLE: scaled(300_000),
};
/**
 * Event time runs `factor` times as fast as the clock, and lies in the past, so that hours must close by it alone, as they do
 * at a source that goes on: five minutes of its time behind the hour's end, and not since the clock says so.
 */
const BUSY = { ...DEFAULTS, FERNLAKE_LATENESS: '5m', FERNLAKE_IDLE: '1h' };

interface Case {
  readonly name: string;
  readonly user: S3User;
  readonly source: SourceServer;
  readonly run: Pipeline<TestLake>;
}

interface Plan {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly options: SourceServerOptions;
}

/** Both policies stand before anybody asks; the SDK takes the environment's user at the first request. */
async function start(server: S3Server, plans: readonly Plan[]): Promise<Case[]> {
  const { endpoint, region, bucket } = server;
  const users = await Promise.all(plans.map(() => server.addUser()));
  const policies = plans.map(
    ({ name }, i) =>
      JSON.parse(bucketPolicy(workerPolicy({ bucket, dataset: name }), users[i]!.accessKey)) as {
        Version: string;
        Statement: object[];
      },
  );
  const Policy = JSON.stringify({
    Version: policies[0]?.Version,
    Statement: policies.flatMap(({ Statement }, i) =>
      Statement.map((statement) => ({ ...statement, Sid: `s${i}` })),
    ),
  });
  const admin = adminClient(server);
  await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  admin.destroy();
  const started: Case[] = [];
  for (const [i, plan] of plans.entries()) {
    const user = users[i]!;
    const env = awsEnv({ endpoint, region, ...user });
    started.push(await withAwsEnv(env, () => begin(bucket, plan, user)));
  }
  for (const { run } of started) {
    await run.startWorker();
    await run.schedule();
  }
  return started;
}

async function begin(bucket: string, { name, settings, options }: Plan, user: S3User): Promise<Case> {
  const source = await createSourceServer({ window: WINDOW, history: WINDOW, ...options });
  const uri = `s3://${bucket}`;
  const storage = await openStorage(uri, { forcePathStyle: true });
  const run = await pipeline(
    source.url,
    { ...settings, FERNLAKE_DATASET: name },
    { uri, storage, remove: () => undefined },
  );
  return { name, user, source, run };
}

const server = await startS3Server();
const cases: Case[] = [];
try {
  const now = Date.now();
  cases.push(
    ...(await start(server, [
      { name: 'busy', settings: BUSY, options: { rate: RATE * factor, speed: factor, seed: 20 } },
      {
        name: 'fast',
        settings: BUSY,
        options: { rate: 10 * RATE * factor, speed: factor, seed: 22 },
      },
      { name: 'idle', settings: DEFAULTS, options: { rate: 1, seed: 21, nowMs: () => now } },
    ])),
  );
  await sleep((WARM_UP_HOURS * HOUR_MS) / factor);
  const from = { requests: (await server.requests()).length, ms: performance.now() };
  await sleep((hours * HOUR_MS) / factor);
  const counted = (await server.requests()).slice(from.requests);
  const hoursCounted = ((performance.now() - from.ms) * factor) / HOUR_MS;
  const measured: Measured[] = [];
  for (const { name, user, run, source } of cases) {
    const own = counted.filter((request: S3Request) => request.user === user.accessKey);
    const table = own.filter((request) => kindOf(request) === 'PUT' && request.key.startsWith(`${name}/`));
    const refused = own.filter(({ status }) => status === 403);
    if (refused.length > 0) throw new Error(`${name}: refused ${JSON.stringify(refused[0])}`);
    const { findings } = await run.audit();
    if (findings.length > 0) throw new Error(`${name}: ${JSON.stringify(findings[0])}`);
    const sealed = [...(await ledgers(run.lake.storage, run.dataset)).values()];
    const missing = sealed.reduce((sum, { ids }) => sum + ids.missingCount, 0);
    measured.push({ name, requests: own, hours: hoursCounted });
    console.log(
      `${name}: ${own.length} requests in ${hoursCounted.toFixed(2)} hours; ${source.requests()} polls in all, ` +
        `${sealed.length} hours sealed, ${missing} ids missing; the table was put ${table.length} times while it was counted`,
    );
  }
  writePages(measured, { factor, rate: RATE });
} finally {
  for (const { run, source } of cases) {
    await run.close();
    await source.close();
  }
  await server.stop();
  await stopSharedTemporal();
}
