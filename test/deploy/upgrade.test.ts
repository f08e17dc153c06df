import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsEnv } from '../support/aws-env.js';
import { adminClient, s3ServerOrSkip, type S3Server, type S3User } from '../support/s3-server.js';
import { repoFile } from './files.js';
import { bucketPolicy } from './one-less.js';
import { pythonTool, run } from './python-tools.js';
import { type Properties, properties } from './template.js';
import type { PolicyDocument } from './worker-policy.js';

const BUCKET = 'programs';
const FIRST = 'fernlake/fernlake-0.1.0.tgz';
const NEXT = 'fernlake/fernlake-0.2.0.tgz';

/**
 * Runs deploy/aws/bin/upgrade with the AWS command line against versitygw, as a user who may read there what the role of the
 * template may, the stack having been made with the first release. The release's own `install` is a stand-in: it needs
 * systemd, and is told what it gets.
 */
describe('an upgrade on the machine', function () {
  this.timeout(60_000);
  let aws: string;
  let server: S3Server;
  let admin: S3Client;
  let user: S3User;
  let folder: string;
  const sums: Record<string, string> = {};

  before(async function () {
    this.timeout(600_000);
    aws = (await pythonTool('aws')) ?? this.skip();
    server = await s3ServerOrSkip(this);
    admin = adminClient(server);
    user = await server.addUser();
    folder = mkdtempSync(path.join(tmpdir(), 'fernlake-upgrade-'));
    writeFileSync(path.join(folder, 'aws.env'), `AWS_REGION=${server.region}\nFERNLAKE_STACK=fernlake\n`);
    await admin.send(new CreateBucketCommand({ Bucket: BUCKET }));
    for (const key of [FIRST, NEXT, 'payroll.csv', 'fernlake/notes.txt']) {
      const Body = key.endsWith('.tgz') ? release(key) : Buffer.from('somebody else’s');
      sums[key] = createHash('sha256').update(Body).digest('hex');
      await admin.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body }));
    }
    const Policy = bucketPolicy(programs(), user.accessKey);
    await admin.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
  });
  after(async () => {
    admin?.destroy();
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** The role's statement on programs, as the stack has it that was made with the first release. */
  function programs(): PolicyDocument {
    const role = properties('WorkerRole', {}, { ReleaseUri: `s3://${BUCKET}/${FIRST}` });
    const machine = (role['Policies'] as Properties[]).find(({ PolicyName }) => PolicyName === 'machine');
    const document = machine?.['PolicyDocument'] as unknown as PolicyDocument;
    return { ...document, Statement: document.Statement.filter(({ Sid }) => Sid === 'Programs') };
  }

  /** What make-release packs, as far as `upgrade` looks at it. */
  function release(key: string): Buffer {
    const bin = path.join(folder, 'package', 'deploy', 'aws', 'bin');
    mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh\necho "${key} $FERNLAKE_STACK $(sha256sum <"$1")" >'${path.join(folder, 'installed')}'\n`;
    writeFileSync(path.join(bin, 'install'), script, { mode: 0o755 });
    const file = path.join(folder, 'release.tgz');
    assert.equal(
      run('tar', ['--create', '--gzip', '--file', file, '--directory', folder, 'package']).status,
      0,
    );
    return readFileSync(file);
  }

  function upgrade(key: string, sha256 = sums[key] ?? ''): { status: number | null; output: string } {
    const { region, endpoint } = server;
    const PATH = `${path.dirname(aws)}:${process.env['PATH']}`;
    // PyPI's command line is version 1, which knows the region by this name; Amazon Linux has version 2.
    const own = { PATH, FERNLAKE_ETC: folder, AWS_DEFAULT_REGION: region };
    const env = { ...own, ...awsEnv({ endpoint, region, ...user }) };
    return run(repoFile('deploy/aws/bin/upgrade'), [`s3://${BUCKET}/${key}`, sha256], { env });
  }
  const installed = (): string => readFileSync(path.join(folder, 'installed'), 'utf8');

  it('goes to a release that the stack was not made with, and back, by what the role may read', () => {
    for (const key of [NEXT, FIRST]) {
      const { status, output } = upgrade(key);
      assert.equal(status, 0, output);
      assert.equal(installed(), `${key} fernlake ${sums[key]}  -\n`);
    }
  });

  it('installs nothing of another checksum', () => {
    const before = installed();
    assert.notEqual(upgrade(NEXT, 'a'.repeat(64)).status, 0);
    assert.equal(installed(), before);
  });

  it('reads nothing else of that bucket', () => {
    for (const key of ['payroll.csv', 'fernlake/notes.txt']) {
      const { status, output } = upgrade(key);
      assert.notEqual(status, 0);
      assert.match(output, /403|Forbidden|AccessDenied/);
    }
  });
});
