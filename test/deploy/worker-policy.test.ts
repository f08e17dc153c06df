import assert from 'node:assert/strict';
import { LAKE_KEY } from '../../src/lake/identity.js';
import {
  definitionKey,
  ledgerKey,
  parquetKey,
  quarantineKey,
  rawKey,
  rawName,
  segmentKey,
  stagingPrefix,
  tableKey,
} from '../../src/lake/keys.js';
import { hourOf } from '../../src/dataset/hour.js';
import { readRepoFile } from './files.js';
import { grants, workerPolicy } from './worker-policy.js';

const ARN = 'arn:aws:s3:::lake';
const policy = workerPolicy({ bucket: 'lake' });

const at = Date.UTC(2023, 3, 20, 13, 12, 6, 819);
const hour = hourOf(at);
const name = rawName(at, 'ab'.repeat(32));
/** One key of each kind, from the code that makes them. */
const KEYS = {
  lake: LAKE_KEY,
  table: tableKey('logs', hour),
  parquet: parquetKey('logs', hour),
  raw: rawKey('logs', name),
  ledger: ledgerKey('logs', hour),
  quarantine: quarantineKey('logs', name),
  segment: segmentKey('logs', hour, '20230420T131500.000Z', 0),
  definition: definitionKey('logs', '0123456789ab'),
  staging: `${stagingPrefix('logs', 'run')}0.json.gz`,
};

function allowed(action: string, key: string): boolean {
  return grants(policy).some((grant) => {
    const [granted, resource = ''] = grant.split(' ');
    const asked = `${ARN}/${key}`;
    const covers = resource.endsWith('/*') ? asked.startsWith(resource.slice(0, -1)) : asked === resource;
    return granted === action && covers;
  });
}

describe("the worker role's access to the lake", () => {
  it('reads and writes every kind of key that the pipeline makes', () => {
    for (const [kind, key] of Object.entries(KEYS)) {
      // lake.json is never a large upload.
      const large = kind === 'lake' ? [] : ['s3:AbortMultipartUpload'];
      for (const action of ['s3:GetObject', 's3:PutObject', ...large]) {
        assert.ok(allowed(action, key), `${action} on ${kind} (${key})`);
      }
    }
  });

  it('deletes segments, staging and Parquet, and nothing else: no raw answer, no ledger, no landed hour', () => {
    const deletable = Object.entries(KEYS)
      .filter(([, key]) => allowed('s3:DeleteObject', key))
      .map(([kind]) => kind);
    assert.deepEqual(deletable, ['parquet', 'segment', 'staging']);
  });

  it('touches no other dataset and nothing beside the lake', () => {
    const keys = ['other/year=2023/x', 'raw/other/x', 'staging/other/x', 'logs2/x', 'secret.txt'];
    for (const key of keys) {
      for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
        assert.ok(!allowed(action, key), key);
    }
  });

  it('lists its own prefixes, and gets 404 instead of 403 for a key that is not there', () => {
    const list = policy.Statement.find((statement) => statement.Sid === 'List');
    assert.equal(list?.Resource, ARN);
    // Not plain StringLike: a HEAD carries no prefix, and S3 says 404 only to who may list.
    assert.deepEqual(Object.keys(list.Condition ?? {}), ['StringLikeIfExists']);
    const prefixes = [list.Condition?.['StringLikeIfExists']?.['s3:prefix'] ?? []].flat();
    // Which lake it is is asked for by its key.
    const listed = Object.values(KEYS).filter((key) => key !== LAKE_KEY);
    for (const key of listed) {
      assert.ok(
        prefixes.some((prefix) => key.startsWith(prefix.replace(/\*$/, ''))),
        `${key} cannot be listed`,
      );
    }
    assert.equal(prefixes.length, listed.length);
  });

  it('holds six actions, no wildcard among them, and no right to change the bucket', () => {
    const actions = new Set(grants(policy).map((grant) => grant.split(' ')[0]));
    assert.deepEqual([...actions].sort(), [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:PutObject',
    ]);
  });

  it('is written out in deploy/aws/worker-policy.json for those who do not use the template', () => {
    assert.deepEqual(
      JSON.parse(readRepoFile('deploy/aws/worker-policy.json')),
      workerPolicy({ bucket: 'YOUR-BUCKET' }),
    );
  });
});
