import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort, portAnswers } from '../../src/embedded/ports.js';
import { endChild, guard } from '../../src/embedded/processes.js';
import { parseAccessLog, type S3Request } from './s3-access-log.js';
import { awsEnv } from './aws-env.js';
import { testCacheDir, versitygw } from './versitygw.js';

/** Not us-east-1, so that nothing passes by the SDK's favourite. */
const REGION = 'eu-central-1';
const BUCKET = 'lake';
const ATTEMPTS = 3;
const START_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 5_000;

export interface S3User {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface S3Server extends S3User {
  readonly endpoint: string;
  readonly region: string;
  /** Exists, empty, without versions: versitygw takes a delete marker for an object where a condition is checked (decision 6). */
  readonly bucket: string;
  /** Where the bucket's objects are files. */
  readonly bucketDir: string;
  /** For a process that is to work on this server, through the SDK's own chain; shuts out every other account. */
  readonly env: Readonly<Record<string, string>>;
  /** A user that may do nothing until a bucket policy says otherwise. */
  addUser(): Promise<S3User>;
  /** Every request since the start, in the server's own words. */
  requests(): Promise<S3Request[]>;
  stop(): Promise<void>;
}

/** Starts versitygw, or skips the suite and says so where it cannot be had. For `before`, with a time-out of minutes. */
export async function s3ServerOrSkip(context: Mocha.Context): Promise<S3Server> {
  if ((await versitygw()) === undefined) {
    console.warn('skipped: the tests on S3 need versitygw, and there is no Go on PATH to build it with');
    context.skip();
  }
  return await startS3Server();
}

/** Starts versitygw on a free port in a temporary folder. It is gone after `stop`, and in any case with this process. */
export async function startS3Server(): Promise<S3Server> {
  const binary = await versitygw();
  if (binary === undefined) throw new Error('versitygw cannot be built: there is no Go on PATH');
  const user = { accessKey: `test${hex(6)}`, secretKey: hex(20) };
  const faults: string[] = [];
  // versitygw keeps ETags and checksums in extended attributes, which not every file system has.
  for (const parent of [os.tmpdir(), testCacheDir()]) {
    const dir = await mkdtemp(path.join(parent, 'fernlake-s3-'));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await launch(binary, dir, user);
      if (typeof outcome !== 'string') return outcome;
      faults.push(`in ${dir}: ${outcome}`);
      if (!/address already in use/.test(outcome)) break;
    }
    await rm(dir, { recursive: true, force: true });
  }
  throw new Error(`versitygw did not start:\n${faults.join('\n')}`);
}

/** The server, or what it said when it did not start. */
async function launch(binary: string, dir: string, user: S3User): Promise<S3Server | string> {
  const port = await freePort();
  const folders = {
    iam: path.join(dir, 'iam'),
    versions: path.join(dir, 'versions'),
    data: path.join(dir, 'data'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  const log = path.join(dir, 'access.log');
  const child = spawn(
    binary,
    // prettier-ignore
    ['--quiet', '--port', `127.0.0.1:${port}`, '--region', REGION, '--access-log', log, '--iam-dir', folders.iam,
      'posix', '--versioning-dir', folders.versions, folders.data],
    {
      // By the environment, as arguments can be read by every user of the machine.
      env: { ...process.env, ROOT_ACCESS_KEY: user.accessKey, ROOT_SECRET_KEY: user.secretKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  const end = async (): Promise<void> => {
    await endChild(child, STOP_GRACE_MS);
    await guardian?.dismiss();
  };
  if (!(await answers(child, port))) {
    await end();
    return said.trim() || 'it did not answer';
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const server: S3Server = {
    ...user,
    endpoint,
    region: REGION,
    bucket: BUCKET,
    bucketDir: path.join(folders.data, BUCKET),
    env: awsEnv({ endpoint, region: REGION, ...user }),
    addUser: () => addUser(binary, endpoint, user),
    requests: async () => parseAccessLog(await readFile(log, 'utf8')),
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
  await makeBucket(server);
  return server;
}

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return false;
    if (await portAnswers(port)) return true;
    await sleep(20);
  }
  return false;
}

/** A client with the root user's keys, for what the product itself never does: buckets, policies, users' rights. */
export function adminClient(server: S3Server): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
  });
}

async function makeBucket(server: S3Server): Promise<void> {
  const client = adminClient(server);
  const Bucket = server.bucket;
  await client.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  client.destroy();
}

async function addUser(binary: string, endpoint: string, admin: S3User): Promise<S3User> {
  const user = { accessKey: `user${hex(6)}`, secretKey: hex(20) };
  await promisify(execFile)(
    binary,
    // prettier-ignore
    ['admin', '--endpoint-url', endpoint, '--region', REGION,
      'create-user', '--access', user.accessKey, '--secret', user.secretKey, '--role', 'user'],
    { env: { ...process.env, ADMIN_ACCESS_KEY: admin.accessKey, ADMIN_SECRET_KEY: admin.secretKey } },
  );
  return user;
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
