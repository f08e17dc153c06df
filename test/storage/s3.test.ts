import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { FernlakeError } from '../../src/errors.js';
import { isFernlakeError, type FailureCode } from '../../src/errors.js';
import { openStorage } from '../../src/storage/open.js';
import { openS3 } from '../../src/storage/s3.js';
import { PART_BYTES } from '../../src/storage/s3-multipart.js';
import { awsEnv, useAwsEnv, withAwsEnv } from '../support/aws-env.js';
import { adminClient, s3ServerOrSkip, type S3Server, type S3User } from '../support/s3-server.js';
import { describeStorageContract } from './contract.js';

describe('a lake in S3', function () {
  this.timeout(60_000);

  let server: S3Server;
  let admin: S3Client;

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    admin = adminClient(server);
  });
  after(async () => {
    admin?.destroy();
    await server?.stop();
  });

  const newUri = (): string => `s3://${server.bucket}/${randomUUID()}`;
  const open = (uri = newUri()): ReturnType<typeof openS3> => openS3(uri, { forcePathStyle: true });

  /** The SDK reads the environment at the first request, so all of a test runs within. */
  const asUser = <T>(user: Partial<S3User>, run: () => Promise<T>, region = server.region): Promise<T> =>
    withAwsEnv(awsEnv({ ...user, endpoint: server.endpoint, region }), run);
  const asRoot = <T>(run: () => Promise<T>): Promise<T> => asUser(server, run);

  const failure = async (code: FailureCode, run: () => Promise<unknown>): Promise<FernlakeError> => {
    try {
      await run();
    } catch (error) {
      assert(isFernlakeError(error, code), inspect(error));
      return error;
    }
    assert.fail(`${code} was expected`);
  };

  describe('with the right to all of it', () => {
    let restore: () => void;
    beforeEach(() => {
      restore = useAwsEnv(server.env);
    });
    afterEach(() => restore());

    describeStorageContract(async () => {
      const uri = newUri();
      return { storage: open(uri), again: () => openStorage(uri, { forcePathStyle: true }) };
    });

    it('keeps the SHA-256 of what was sent, and of the parts where there are several', async () => {
      const lake = open();
      const bytes = Buffer.alloc(PART_BYTES + 5, 'x');
      const sha256 = (...parts: Uint8Array[]): Buffer => {
        const hash = createHash('sha256');
        for (const part of parts) hash.update(part);
        return hash.digest();
      };
      await lake.put('one', Buffer.from('hello'));
      await lake.put('two', bytes);
      const kept = async (key: string): Promise<string | undefined> => {
        const Key = `${lake.uri.slice(`s3://${server.bucket}/`.length)}/${key}`;
        const head = new HeadObjectCommand({ Bucket: server.bucket, Key, ChecksumMode: 'ENABLED' });
        return (await admin.send(head)).ChecksumSHA256;
      };
      assert.equal(await kept('one'), sha256(Buffer.from('hello')).toString('base64'));
      const parts = [bytes.subarray(0, PART_BYTES), bytes.subarray(PART_BYTES)].map((part) => sha256(part));
      assert.equal(await kept('two'), `${sha256(...parts).toString('base64')}-2`);
    });

    it('sends up to the size of a part in one request', async () => {
      const lake = open();
      const before = (await server.requests()).length;
      await lake.put('k', Buffer.alloc(PART_BYTES));
      const made = (await server.requests()).slice(before).map(({ operation }) => operation);
      assert.deepEqual(made, ['PutObject']);
    });

    it('deletes a thousand with each request', async () => {
      const lake = open();
      await lake.put('2000', Buffer.from('x'));
      const before = (await server.requests()).length;
      await lake.delete(Array.from({ length: 2_001 }, (_, i) => `${i}`));
      const made = (await server.requests()).slice(before).map(({ operation }) => operation);
      assert.deepEqual(made, ['DeleteObjects', 'DeleteObjects', 'DeleteObjects']);
      assert.equal(await lake.head('2000'), undefined);
    });

    const unfinished = async (): Promise<number> => {
      const answer = await admin.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
      return answer.Uploads?.length ?? 0;
    };

    it('leaves no unfinished upload behind a body that fails', async () => {
      const body = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(PART_BYTES);
        assert.equal(await unfinished(), 0, 'what is in hand may be the whole');
        yield Buffer.alloc(PART_BYTES);
        assert.equal(await unfinished(), 1);
        throw new RangeError('the source broke');
      };
      await assert.rejects(open().put('k', body()), RangeError);
      assert.equal(await unfinished(), 0);
    });

    it('sweeps what died in the middle of an upload: of this lake, under these prefixes, and old enough', async () => {
      const [mine, others] = [open(), open()];
      for (const lake of [mine, others])
        for (const key of ['a/left', 'b/over']) await lake.uploads.begin(key);
      assert.equal(await mine.uploads.sweep([''], 60_000), 0);
      assert.equal(await mine.uploads.sweep(['c/', 'a/left/'], 0), 0);
      assert.equal(await mine.uploads.sweep(['c/', 'a/'], 0), 1);
      assert.equal(await mine.uploads.sweep([''], 0), 1);
      assert.equal(await others.uploads.sweep(['a/', 'b/'], 0), 2);
      assert.equal(await unfinished(), 0);
    });
  });

  describe('says what is missing', () => {
    /** Bucket, key and region are in every message; no secret is anywhere in the error. */
    const assertDenied = (error: FernlakeError, ...expected: RegExp[]): void => {
      assert.equal(error.kind, 'terminal');
      for (const pattern of [new RegExp(`s3://${server.bucket}/`), ...expected])
        assert.match(error.message, pattern);
      const all = inspect(error, { depth: 10, showHidden: true });
      assert(!all.includes(server.secretKey), 'the secret key is in the error');
      assert.doesNotMatch(all, /AWS4-HMAC|CanonicalRequest|StringToSign/);
    };

    it('when the secret key is wrong, or the access key unknown', async () => {
      const wrong = await asUser({ ...server, secretKey: 'f'.repeat(40) }, () =>
        failure('StorageDenied', () => open().get('a/key')),
      );
      assertDenied(wrong, /SignatureDoesNotMatch/, /a\/key/, /eu-central-1/, /credentials/);
      const unknown = await asUser({ accessKey: 'nobody', secretKey: 'f'.repeat(40) }, () =>
        failure('StorageDenied', () => open().put('a/key', Buffer.from('x'))),
      );
      assertDenied(unknown, /InvalidAccessKeyId/, /a\/key/);
    });

    it('when there are no credentials at all', async () => {
      const error = await asUser({}, () => failure('StorageDenied', () => open().get('k')));
      assertDenied(error, /no AWS credentials/, /instance role/);
    });

    it('when no region is set', async () => {
      const env = Object.fromEntries(Object.entries(server.env).filter(([name]) => name !== 'AWS_REGION'));
      const error = await withAwsEnv(env, () => failure('StorageDenied', () => open().get('k')));
      assertDenied(error, /AWS_REGION/);
    });

    it('when the bucket is in another region', async () => {
      const error = await asUser(server, () => failure('StorageDenied', () => open().get('k')), 'us-west-2');
      assertDenied(error, /us-west-2/, /AWS_REGION=eu-central-1/);
    });

    it('when there is no such bucket', async () => {
      await asRoot(async () => {
        const lake = open('s3://not-there/lake');
        const calls = [
          () => lake.put('k', Buffer.from('x')),
          () => lake.get('k'),
          () => lake.list('')[Symbol.asyncIterator]().next(),
        ];
        for (const call of calls) {
          const error = await failure('StorageDenied', call);
          assert.match(error.message, /there is no bucket not-there\. Check the address of the lake/);
        }
      });
    });

    it('when a permission is missing, and which', async () => {
      const user = await server.addUser();
      const lake = (): ReturnType<typeof openS3> => open(`s3://${server.bucket}/shared`);
      const calls: [RegExp, string, () => Promise<unknown>][] = [
        [/s3:PutObject/, 's3:PutObject', () => lake().put('k', Buffer.from('x'))],
        [/s3:GetObject.*s3:ListBucket/, 's3:GetObject', () => lake().get('k')],
        [/s3:GetObject/, 's3:GetObject', () => lake().head('k')],
        [/s3:ListBucket/, 's3:ListBucket', () => lake().list('')[Symbol.asyncIterator]().next()],
        [/s3:DeleteObject/, 's3:DeleteObject', () => lake().delete(['k'])],
      ];
      const all = ['s3:PutObject', 's3:GetObject', 's3:ListBucket', 's3:DeleteObject'];
      for (const [says, missing, call] of calls) {
        const Action = all.filter((action) => action !== missing);
        const Resource = [`arn:aws:s3:::${server.bucket}`, `arn:aws:s3:::${server.bucket}/*`];
        const Policy = JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Principal: user.accessKey,
              Action: Action.filter((a) => a === 's3:ListBucket'),
              Resource: Resource[0],
            },
            {
              Effect: 'Allow',
              Principal: user.accessKey,
              Action: Action.filter((a) => a !== 's3:ListBucket'),
              Resource: Resource[1],
            },
          ].filter((statement) => statement.Action.length > 0),
        });
        await admin.send(new PutBucketPolicyCommand({ Bucket: server.bucket, Policy }));
        assertDenied(
          await asUser(user, () => failure('StorageDenied', call)),
          says,
          /shared/,
          /eu-central-1/,
        );
        // The others still do: the message names the one that is missing.
        for (const [, needed, other] of calls.filter(([, permission]) => permission !== missing)) {
          const outcome = await asUser(user, () =>
            other().then(
              () => 'done',
              (error: unknown) => error,
            ),
          );
          assert(
            !isFernlakeError(outcome, 'StorageDenied'),
            `${needed} without ${missing}: ${inspect(outcome)}`,
          );
        }
      }
    });

    it('when only some of the objects may be deleted', async () => {
      const user = await server.addUser();
      const uri = newUri();
      const Resource = `${uri.replace('s3://', 'arn:aws:s3:::')}/mine/*`;
      const statement = { Effect: 'Allow', Principal: user.accessKey, Action: 's3:DeleteObject', Resource };
      const Policy = JSON.stringify({ Statement: [statement] });
      await admin.send(new PutBucketPolicyCommand({ Bucket: server.bucket, Policy }));
      const keys = ['mine/a', 'theirs/b', 'theirs/c'];
      await asRoot(async () => {
        const lake = open(uri);
        for (const key of keys) await lake.put(key, Buffer.from('x'));
      });
      const error = await asUser(user, () => failure('StorageDenied', () => open(uri).delete(keys)));
      assertDenied(error, /2 of 3 objects/, /theirs\/b/, /s3:DeleteObject/);
      const left = await asRoot(async () => await Promise.all(keys.map((key) => open(uri).head(key))));
      assert.deepEqual(
        left.map((info) => info?.key),
        [undefined, 'theirs/b', 'theirs/c'],
      );
    });

    it('when the address is none', async () => {
      for (const uri of ['s3://', 's3://UPPER/x', 's3://bucket/a//b', 's3://bucket/../x', 's3:bucket'])
        await failure('Configuration', () => openStorage(uri));
      const error = await failure('Configuration', () => openStorage('gs://bucket/lake'));
      assert.match(error.message, /file:\/\/\/absolute\/directory or s3:\/\/bucket/);
    });
  });
});
