import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/common';
import { createMint } from '../../examples/source-server/index.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import type { Check } from '../../src/inspect/doctor/check.js';
import { checkLake } from '../../src/inspect/doctor/lake.js';
import { isFernlakeError } from '../../src/errors.js';
import { placesOf } from '../../src/lake/keys.js';
import { writeParquet } from '../../src/tables/parquet/write.js';
import { requireLake } from '../../src/lake/presence.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { openS3 } from '../../src/storage/s3.js';
import type { S3Lake } from '../../src/storage/s3-storage.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { awsEnv, useAwsEnv } from '../support/aws-env.js';
import { adminClient, s3ServerOrSkip, type S3Server, type S3User } from '../support/s3-server.js';
import { bucketPolicy, type Grant, grantsOf, without } from './one-less.js';
import { type PolicyDocument, workerPolicy } from './worker-policy.js';

const policyOf = (bucket: string): PolicyDocument => workerPolicy({ bucket, dataset: DATASET });
const GRANTS = grantsOf(policyOf('lake'));
const DAY_MS = 86_400_000;
const STRANGER = Buffer.alloc(32, 'stranger').toString('base64url');

/**
 * Starts versitygw with an ordinary user, to whom each bucket grants what the role in deploy/aws grants: all of it, or all
 * but one right. docs/decisions/0008 says what this server enforces otherwise than AWS.
 */
describe("the worker's role, enforced", function () {
  this.timeout(60_000);
  let server: S3Server;
  let admin: S3Client;
  let user: S3User;
  let restore: (() => void) | undefined;

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    admin = adminClient(server);
    user = await server.addUser();
    const { endpoint, region } = server;
    restore = useAwsEnv(awsEnv({ endpoint, region, ...user }));
  });
  after(async () => {
    restore?.();
    admin?.destroy();
    await server?.stop();
  });

  /** A bucket of its own, whose policy grants the user this. */
  async function lakeWith(
    bucket: string,
    change: (policy: PolicyDocument) => PolicyDocument,
  ): Promise<S3Lake> {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await admin.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    const Policy = bucketPolicy(change(policyOf(bucket)), user.accessKey);
    await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    return openS3(`s3://${bucket}`, { forcePathStyle: true });
  }

  const doctor = (lake: S3Lake): Promise<Check[]> => checkLake(() => Promise.resolve(lake), DATASET, 'test');

  const unfinished = async (Bucket: string): Promise<string[]> =>
    ((await admin.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(
      ({ Key = '' }) => Key,
    );

  it('lets everything be done: carried, sealed, revised, looked through, swept and verified', async () => {
    const lake = await lakeWith('all', (policy) => policy);
    for (const { name, state, says } of await doctor(lake)) assert.equal(state, 'ok', `${name}: ${says}`);
    await everything(lake);
    assert.deepEqual(await unfinished('all'), []);
  });

  it('is no right to anything else', async () => {
    const lake = await lakeWith('else', (policy) => policy);
    const forbidden: (() => Promise<unknown>)[] = [
      () => lake.delete([`raw/${DATASET}/x`]),
      () => lake.delete([`ledger/${DATASET}/x`]),
      () => lake.delete([`${DATASET}/x`]),
      () => lake.put('raw/other/x', Buffer.from('x')),
      () => lake.get('secret'),
      () => lake.list('raw/other/')[Symbol.asyncIterator]().next(),
    ];
    for (const act of forbidden) await assert.rejects(act, { code: 'StorageDenied' });
  });

  it('holds 38 rights', () => assert.equal(GRANTS.length, 38, inspect(GRANTS)));

  for (const [i, grant] of GRANTS.entries()) {
    const { action, place } = grant;
    it(`without ${action}${place === '' ? '' : ` in ${place}`}: the doctor names it, and the work stops there`, async () => {
      const bucket = `less-${i}`;
      const lake = await lakeWith(bucket, (policy) => without(policy, grant));
      // The whole of what must be said: what, where, why.
      const says = new RegExp(
        `s3://${bucket}/${place}.*\\(region eu-central-1\\).*permission[^;]*${action}\\b`,
      );

      const failed = (await doctor(lake)).filter(({ state }) => state === 'failed');
      const named = failed.find((check) => check.name === lineOf(grant));
      assert(named, `${lineOf(grant)} has not failed: ${inspect(failed)}`);
      assert.match(named.says, says);

      const isOfUploads = /Multipart/.test(action);
      // One place stands for all in this: the seal does not touch uploads.
      const work = isOfUploads && place !== `raw/${DATASET}/` && place !== '' ? uploadsAlone : everything;
      const outcome = await work(lake).catch((error: unknown) => error);
      if (isOfUploads) {
        // The seal stands; what a dead worker left stays where it is.
        assert.equal(outcome, undefined, inspect(outcome));
        assert.notDeepEqual(await unfinished(bucket), []);
        return;
      }
      assert.match(refusalIn(outcome), says);
    });
  }
});

/** What a refusal says, that no other attempt would mend: an activity's, or of the storage itself. */
function refusalIn(outcome: unknown): string {
  const ends = isFernlakeError(outcome, 'StorageDenied')
    ? outcome.kind === 'terminal'
    : outcome instanceof ApplicationFailure &&
      outcome.type === 'StorageDenied' &&
      outcome.nonRetryable === true;
  assert(ends && outcome instanceof Error, inspect(outcome));
  return outcome.message;
}

/** Which line of the doctor has to tell. */
function lineOf({ action, place }: Grant): string {
  if (/Multipart/.test(action)) return 'lake: uploads';
  if (place !== `staging/${DATASET}/`) return 'lake: access';
  return { 's3:ListBucket': 'lake: list', 's3:DeleteObject': 'lake: delete' }[action] ?? 'lake: write';
}

/** What a worker left that died in the middle of a large upload, and the sweep a day later. */
async function uploadsAlone(lake: S3Lake): Promise<void> {
  await claimLake(lake);
  const bench = await Bench.openOver(lake);
  try {
    for (const place of placesOf(DATASET)) await lake.uploads.begin(`${place}left/over`);
    await bench.activities.sweep({ ...bench.scratch(), olderThanMs: -DAY_MS, uploads: true });
  } finally {
    await bench.close();
  }
}

/** What a worker does in an hour's life, by its own activities, and what an operator has it looked through for. */
async function everything(lake: S3Lake): Promise<void> {
  await claimLake(lake);
  // A lake in which nothing has arrived yet is no mistyped one.
  await requireLake(lake, { dataset: DATASET, file: undefined, lakeSetting: 'FERNLAKE_LAKE' });
  const plain = await Bench.openOver(lake);
  const bench = plain.with({ parquet: (lines) => writeParquet(lines, LOG_FORM) });
  try {
    // What a worker left that died in the middle of a large upload.
    for (const place of placesOf(DATASET)) await lake.uploads.begin(`${place}left/over`);
    const stranger = envelope(11, T13, {}, createMint(STRANGER));
    await bench.archiveAndCarry(T13 + MINUTE, [...envelopes(1, 10, T13), stranger]);
    const { activities } = bench;
    await activities.survey({ dataset: DATASET, processedThroughMs: T13, processed: [], untilMs: null });
    await bench.seal(HOUR_13);
    // Late records, and a worker that writes no Parquet any more: the old file would be of other rows.
    await plain.archiveAndCarry(T13 + 2 * MINUTE, envelopes(12, 20, T13 + 11_000), 'later');
    await plain.seal(HOUR_13);
    assert.equal((await bench.ledger(HOUR_13)).revision, 2);
    await activities.findUncarried({ dataset: DATASET, after: null });
    await activities.findRedrivable({ dataset: DATASET, after: null });
    await activities.listSealed({ dataset: DATASET, from: null, to: null, after: null });
    await activities.sweep({ ...bench.scratch(), olderThanMs: -DAY_MS, uploads: true });
    const { keyRing, form } = bench.deps;
    const parts = { storage: lake, dataset: DATASET, ring: await keyRing(), form, contiguousIds: true };
    const report = await auditLake(parts);
    assert.deepEqual(report.findings, []);
    assert.equal(report.landed, 19);
  } finally {
    await plain.close();
  }
}
