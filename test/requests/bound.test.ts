import assert from 'node:assert/strict';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { openStorage } from '../../src/storage/open.js';
import { useAwsEnv } from '../support/aws-env.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import type { S3Request } from '../support/s3-access-log.js';
import { s3ServerOrSkip, type S3Server } from '../support/s3-server.js';
import { until } from '../support/until.js';

const SLOTS = 3;

/** Starts a dev server (shared), an S3 server, a sample API on loopback and a worker in this process. */
describe('requests to S3, while nothing is sealed', function () {
  this.timeout(120_000);
  let server: S3Server;
  let restore: (() => void) | undefined;
  let source: SourceServer;
  let run: Pipeline<TestLake>;

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    restore = useAwsEnv(server.env);
    source = await createSourceServer({ window: 100, history: 100, rate: 60, seed: 7 });
    const uri = `s3://${server.bucket}`;
    const storage = await openStorage(uri, { forcePathStyle: true });
    // The hour stays open, so that there is nothing but polls and batches.
    const settings = {
      FERNLAKE_SLOT: '5s',
      FERNLAKE_POLL_MAX: '500ms',
      FERNLAKE_IDLE: '1h',
      FERNLAKE_LATENESS: '1h',
    };
    run = await pipeline(source.url, settings, { uri, storage, remove: () => undefined });
  });
  after(async () => {
    await run?.close();
    await source?.close();
    restore?.();
    await server?.stop();
  });

  it('are one for each answer, one for each segment, and two listings a slot', async () => {
    await run.startWorker();
    await run.schedule();
    const of = (all: readonly S3Request[], operation: string, place: string): S3Request[] =>
      all.filter((each) => each.operation === operation && each.key.startsWith(`${place}/`));
    await until(
      `${SLOTS} batches are carried`,
      async () => of(await server.requests(), 'PutObject', 'segments').length > SLOTS,
      60_000,
    );
    // Behind the first batch: before it, a schedule without a memory looks for where the archive ends.
    const whole = await server.requests();
    const all = whole.slice(whole.indexOf(of(whole, 'PutObject', 'segments')[0]!) + 1);
    const polls = of(all, 'PutObject', 'raw');
    const segments = of(all, 'PutObject', 'segments');
    const listings = all.filter(({ operation }) => operation === 'ListObjectsV2');
    assert(polls.length >= 2 * SLOTS, `${polls.length} polls`);
    // A slot more than has carried its batch may have begun.
    assert(listings.length <= 2 * (segments.length + 2), `${listings.length} listings`);
    const others = all.filter((each) => ![...polls, ...segments, ...listings].includes(each));
    // The lake is named once; then nothing is read, nothing staged and nothing removed.
    assert.deepEqual(
      others.filter(({ key }) => key !== 'lake.json'),
      [],
    );
  });
});
