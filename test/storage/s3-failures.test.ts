import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { FernlakeError } from '../../src/errors.js';
import { isFernlakeError, type FailureCode } from '../../src/errors.js';
import { freePort } from '../../src/embedded/ports.js';
import { openS3, type S3Timeouts } from '../../src/storage/s3.js';
import { PART_BYTES } from '../../src/storage/s3-multipart.js';
import type { S3Lake } from '../../src/storage/s3-storage.js';
import { awsEnv, withAwsEnv } from '../support/aws-env.js';
import { startS3Proxy, type Fate, type S3Proxy } from '../support/s3-proxy.js';
import { s3ServerOrSkip, type S3Server } from '../support/s3-server.js';

const ABSENT = { kind: 'absent' } as const;
const LOST: Fate = { kind: 'break', forwarded: true };
const NOT_SENT: Fate = { kind: 'break', forwarded: false };
const CONFLICT: Fate = { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' };
const BLOCKED: Fate = { kind: 'answer', status: 409, code: 'ExistingObjectIsDirectory' };
const SLOW_DOWN: Fate = { kind: 'answer', status: 503, code: 'SlowDown' };
const LARGE = Buffer.alloc(PART_BYTES + 100, 'large');

describe('the way to S3', function () {
  this.timeout(60_000);

  let server: S3Server;
  let proxy: S3Proxy;
  /** Through the proxy. */
  let lake: S3Lake;
  /** The same lake, on a way that never fails. */
  let direct: S3Lake;

  before(async function () {
    this.timeout(600_000);
    server = await s3ServerOrSkip(this);
    proxy = await startS3Proxy(server.endpoint);
  });
  after(async () => {
    await proxy?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    const uri = `s3://${server.bucket}/${randomUUID()}`;
    lake = await opened(uri, proxy.endpoint);
    direct = await opened(uri, server.endpoint);
    proxy.seen.length = 0;
    proxy.decide = () => undefined;
  });
  /** Endpoint and credentials are read from the environment at the first request, so one is made at once. */
  async function opened(uri: string, endpoint: string, timeouts: Partial<S3Timeouts> = {}): Promise<S3Lake> {
    const made = openS3(uri, { forcePathStyle: true, timeouts });
    const env = awsEnv({ ...server, endpoint });
    await withAwsEnv(env, () => made.head('to-begin-with').catch(() => undefined));
    return made;
  }

  /** What becomes of the requests of this kind, one after the other; those after the last go through. */
  function fates(request: RegExp, ...all: Fate[]): void {
    proxy.decide = (what) => (request.test(what) ? all.shift() : undefined);
  }

  const failure = async (code: FailureCode, run: () => Promise<unknown>): Promise<FernlakeError> => {
    try {
      await run();
    } catch (error) {
      assert(isFernlakeError(error, code), inspect(error));
      return error;
    }
    assert.fail(`${code} was expected`);
  };
  const count = (request: RegExp): number => proxy.seen.filter((what) => request.test(what)).length;
  const textOf = async (key: string): Promise<string> => (await direct.get(key)).body.toString();

  describe('busy or broken', () => {
    it('is tried again by the SDK while that is a matter of a moment', async () => {
      fates(/^PUT/, SLOW_DOWN, NOT_SENT);
      await lake.put('k', Buffer.from('x'));
      assert.equal(count(/^PUT/), 3);
      assert.equal(await textOf('k'), 'x');
    });

    it('is StorageBusy when it lasts, for whoever calls to try again, and names the object', async () => {
      proxy.decide = () => SLOW_DOWN;
      const calls = [
        () => lake.put('k', Buffer.from('x')),
        () => lake.get('k'),
        () => lake.head('k'),
        () => lake.delete(['k']),
        () => lake.list('k')[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) {
        const error = await failure('StorageBusy', call);
        assert.equal(error.kind, 'transient');
        assert.match(error.message, /s3:\/\/lake\/.*\/k \(region eu-central-1\): the server said 503/);
      }
      assert(proxy.seen.length <= 3 * calls.length, 'three tries each at most');
    });

    it('is StorageBusy when nobody listens', async () => {
      const error = await failure('StorageBusy', async () => {
        const dead = await opened(lake.uri, `http://127.0.0.1:${await freePort()}`);
        await dead.put('k', Buffer.from('x'));
      });
      assert.match(error.message, /ECONNREFUSED/);
    });

    it('is StorageBusy when no answer comes in time', async () => {
      const hasty = await opened(lake.uri, proxy.endpoint, { answerMs: 300 });
      fates(/^GET/, ...Array.from({ length: 3 }, (): Fate => ({ kind: 'stall' })));
      const error = await failure('StorageBusy', () => hasty.get('k'));
      assert.match(error.message, /TimeoutError|ETIMEDOUT/);
    });

    it('is StorageBusy when the body breaks off', async () => {
      await direct.put('k', Buffer.alloc(1_000_000, 'x'));
      fates(/^GET/, { kind: 'spoil', how: 'cut' });
      await failure('StorageBusy', () => lake.get('k'));
      assert.equal((await lake.get('k')).body.length, 1_000_000);
    });

    it('is HashMismatch when what comes is not what was stored, in one piece or in parts', async () => {
      await direct.put('small', Buffer.from('hello'));
      await direct.put('large', LARGE);
      for (const key of ['small', 'large']) {
        fates(/^GET/, { kind: 'spoil', how: 'turn' });
        const error = await failure('HashMismatch', () => lake.get(key));
        assert.equal(error.kind, 'transient');
        assert.match(error.message, new RegExp(key));
        assert((await lake.get(key)).body.length > 0, 'the object itself is whole');
      }
    });
  });

  describe('loses the answer to a conditional write', () => {
    it('that landed: it has succeeded', async () => {
      fates(/^PUT/, LOST);
      const { etag } = await lake.put('k', Buffer.from('mine'), ABSENT);
      assert.equal(count(/^PUT/), 2, 'the SDK tried again, and was told 412');
      assert.equal(etag, (await direct.head('k'))?.etag);
      fates(/^PUT/, LOST);
      const next = await lake.put('k', Buffer.from('mine, too'), { kind: 'matches', etag });
      assert.equal(next.etag, (await direct.head('k'))?.etag);
      assert.equal(await textOf('k'), 'mine, too');
    });

    it('that landed, and every other answer: it has succeeded', async () => {
      fates(/^PUT/, LOST, NOT_SENT, NOT_SENT);
      await lake.put('k', Buffer.from('mine'), ABSENT);
      assert.equal(await textOf('k'), 'mine');
    });

    it('that did not land, and somebody else was quicker: PreconditionFailed', async () => {
      let first = true;
      proxy.decide = async (what) => {
        if (!what.startsWith('PUT') || !first) return undefined;
        first = false;
        await direct.put('k', Buffer.from('theirs'));
        return NOT_SENT;
      };
      await failure('PreconditionFailed', () => lake.put('k', Buffer.from('mine'), ABSENT));
      assert.equal(await textOf('k'), 'theirs');
    });

    it('that did not land: StorageBusy, and nothing is there', async () => {
      fates(/^PUT/, NOT_SENT, NOT_SENT, NOT_SENT);
      await failure('StorageBusy', () => lake.put('k', Buffer.from('mine'), ABSENT));
      assert.equal(await direct.head('k'), undefined);
    });

    it('of several parts that landed: it has succeeded', async () => {
      fates(/^POST .*uploadId=/, LOST);
      const { etag } = await lake.put('k', LARGE, ABSENT);
      assert.equal(etag, (await direct.head('k'))?.etag);
      assert.equal((await direct.get('k')).bytes, LARGE.length);
    });
  });

  describe('says that another conditional write is under way', () => {
    it('and is asked again', async () => {
      fates(/^PUT/, CONFLICT);
      await lake.put('k', Buffer.from('mine'), ABSENT);
      assert.equal(await textOf('k'), 'mine');
    });

    it('three times, and has changed then', async () => {
      fates(/^PUT/, CONFLICT, CONFLICT, CONFLICT);
      await failure('PreconditionFailed', () => lake.put('k', Buffer.from('mine'), ABSENT));
      assert.equal(count(/^PUT/), 3);
    });

    it('and wants all parts again: StorageBusy, and the upload is aborted', async () => {
      fates(/^POST .*uploadId=/, CONFLICT);
      await failure('StorageBusy', () => lake.put('k', LARGE, ABSENT));
      assert.equal(count(/^DELETE .*uploadId=/), 1);
      assert.equal(await direct.uploads.sweep([''], 0), 0, 'nothing is left to sweep');
    });
  });

  describe('says that a key lies beside its own folder', () => {
    it('while somebody removes that folder: it is asked again', async () => {
      fates(/^PUT/, BLOCKED, { ...BLOCKED, code: 'ObjectParentIsFile' });
      await lake.put('k', Buffer.from('mine'));
      fates(/^PUT/, BLOCKED, BLOCKED);
      await lake.put('new', Buffer.from('mine'), ABSENT);
      fates(/^POST .*uploadId=/, BLOCKED);
      await lake.put('large', LARGE, ABSENT);
      assert.equal(await textOf('k'), 'mine');
      assert.equal(await textOf('new'), 'mine');
      assert.equal((await direct.get('large')).bytes, LARGE.length);
    });

    it('and it does: StorageKey', async () => {
      await lake.put('file', Buffer.from('x'));
      await lake.put('folder/x', Buffer.from('x'));
      for (const key of ['file/x', 'folder']) {
        const error = await failure('StorageKey', () => lake.put(key, Buffer.from('y')));
        assert.equal(error.kind, 'terminal');
        assert.match(error.message, /cannot hold this key beside what it holds/);
      }
      assert.equal(await textOf('file'), 'x');
    });
  });

  it('fails in the middle of an upload, and nothing of it is left', async () => {
    proxy.decide = (what) => (/^PUT .*partNumber=2/.test(what) ? SLOW_DOWN : undefined);
    await failure('StorageBusy', () => lake.put('k', LARGE));
    assert.equal(await direct.head('k'), undefined);
    assert.equal(await direct.uploads.sweep([''], 0), 0, 'nothing is left to sweep');
  });
});
