import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Hour } from '../../src/domain/hour.js';
import { createUrlDictionary } from '../../src/domain/urls.js';
import { glueDefinition } from '../../src/engines/glue.js';
import { readRepoFile, repoFile } from './files.js';
import { pythonTool, run } from './python-tools.js';
import { loadTemplate, type Properties, properties, TEMPLATE } from './template.js';

const template = loadTemplate();

interface Rule {
  Id: string;
  Prefix?: string;
  ExpirationInDays?: number | string;
  Transitions?: { StorageClass: string; TransitionInDays: string }[];
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
  NoncurrentVersionExpiration?: { NoncurrentDays: number | string };
}
const rules = (conditions: Record<string, boolean> = {}): Record<string, Rule> => {
  const { Rules } = properties('Lake', conditions)['LifecycleConfiguration'] as unknown as { Rules: Rule[] };
  return Object.fromEntries(Rules.map((rule) => [rule.Id, rule]));
};

describe('the CloudFormation template', () => {
  it('passes cfn-lint without a warning', async function () {
    this.timeout(400_000);
    const tool = await pythonTool('cfn-lint');
    if (!tool) return this.skip();
    const { status, output } = run(tool, ['--non-zero-exit-code', 'informational', repoFile(TEMPLATE)]);
    assert.equal(status, 0, output);
  });

  it('holds no secret: keys come as the ARNs of secrets made elsewhere', () => {
    const text = readRepoFile(TEMPLATE);
    assert.doesNotMatch(text, /AWS::IAM::(User|AccessKey)|SecretString|AKIA[0-9A-Z]{16}/);
    assert.ok('FernetKeySecretArn' in template.Parameters);
  });

  for (const bucket of ['Lake', 'Results']) {
    it(`shuts the public out of ${bucket}, has one owner, and takes TLS only`, () => {
      const { PublicAccessBlockConfiguration: block, OwnershipControls: owner } = properties(bucket);
      assert.deepEqual(block, {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      assert.deepEqual(owner, { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
      const { Statement } = properties(`${bucket}Policy`)['PolicyDocument'] as { Statement: Properties[] };
      const [tls] = Statement;
      assert.deepEqual([tls?.['Effect'], tls?.['Principal'], tls?.['Action']], ['Deny', '*', 's3:*']);
      assert.deepEqual(tls?.['Condition'], { Bool: { 'aws:SecureTransport': 'false' } });
      assert.ok(Statement.every((each) => each['Effect'] === 'Deny'));
      assert.equal(template.Resources[bucket]?.DeletionPolicy, 'Retain');
    });
  }

  it('keeps old versions for a while, and encrypts with S3’s key or with yours', () => {
    assert.deepEqual(properties('Lake')['VersioningConfiguration'], { Status: 'Enabled' });
    assert.equal(rules()['old-versions']?.NoncurrentVersionExpiration?.NoncurrentDays, '30');
    assert.match(JSON.stringify(properties('Lake')['BucketEncryption']), /"AES256"/);
    const own = JSON.stringify(properties('Lake', { WithKms: true })['BucketEncryption']);
    assert.match(own, /"aws:kms".*"BucketKeyEnabled":true/);
  });

  it('clears staging and unfinished uploads after a day, and keeps raw answers unless told otherwise', () => {
    assert.deepEqual([rules()['staging']?.Prefix, rules()['staging']?.ExpirationInDays], ['staging/', 1]);
    assert.equal(rules()['unfinished-uploads']?.AbortIncompleteMultipartUpload?.DaysAfterInitiation, 1);
    assert.equal(rules()['raw']?.Prefix, 'raw/');
    assert.equal(rules()['raw']?.ExpirationInDays, undefined);
    const [moved] = rules({ RawMoves: true })['raw']?.Transitions ?? [];
    assert.deepEqual(moved, { StorageClass: 'GLACIER_IR', TransitionInDays: '90' });
    assert.equal(rules({ RawExpires: true })['raw']?.ExpirationInDays, '0');
    const expiring = Object.values(rules()).filter((rule) => rule.ExpirationInDays !== undefined);
    assert.deepEqual(
      expiring.map((rule) => rule.Id),
      ['staging'],
      'nothing else of the lake ever expires',
    );
  });

  it('lets nothing in, and out only to HTTPS, the source and Temporal', () => {
    const group = properties('WorkerSecurityGroup', { RemoteTemporal: true });
    assert.equal(group['SecurityGroupIngress'], undefined);
    const ports = (group['SecurityGroupEgress'] as Properties[]).map((rule) => rule['ToPort']);
    assert.deepEqual(ports, [443, '443', 7233]);
    const local = properties('WorkerSecurityGroup')['SecurityGroupEgress'] as Properties[];
    assert.equal(local.length, 2);
  });

  it('warns of a silent worker, since silence counts as breaching', () => {
    const alarm = properties('WorkerSilent');
    assert.deepEqual(
      [alarm['Namespace'], alarm['MetricName'], alarm['TreatMissingData'], alarm['ComparisonOperator']],
      ['Fernlake', 'WorkerAlive', 'breaching', 'LessThanThreshold'],
    );
    const heartbeat = readRepoFile('deploy/aws/bin/heartbeat');
    assert.match(heartbeat, /--namespace Fernlake --metric-name WorkerAlive .*\n.*"Stack=\$FERNLAKE_STACK"/);
    assert.deepEqual(alarm['Dimensions'], [{ Name: 'Stack', Value: 'fernlake' }]);
  });

  it('describes the table as it lies in the lake', () => {
    const table = properties('Table')['TableInput'] as Properties;
    const parameters = table['Parameters'] as Record<string, string>;
    const location = 's3://lake/logs/year=${year}/month=${month}/day=${day}/hour=${hour}';
    assert.equal(parameters['storage.location.template'], location);
    for (const [key, digits] of Object.entries({ year: '4', month: '2', day: '2', hour: '2' })) {
      assert.equal(parameters[`projection.${key}.digits`], digits);
      assert.equal(parameters[`projection.${key}.type`], 'integer');
    }
    assert.deepEqual(
      (table['PartitionKeys'] as { Name: string; Type: string }[]).map(({ Name, Type }) => `${Name} ${Type}`),
      ['year int', 'month int', 'day int', 'hour int'],
    );
  });
});

describe("the template's tables", () => {
  const styles = [
    ['Table', 'ndjson', 'projection'],
    ['ParquetTable', 'parquet', 'projection'],
    ['Table', 'ndjson', 'explicit'],
    ['ParquetTable', 'parquet', 'explicit'],
  ] as const;
  for (const [resource, format, partitions] of styles) {
    it(`declare what fernlake ddl glue --partitions ${partitions} declares: ${resource}`, () => {
      const shown = properties(resource, { ExplicitPartitions: partitions === 'explicit' })['TableInput'];
      const [table] = glueDefinition({
        ...{ database: 'fernlake', dataset: 'logs', location: 's3://lake', formats: [format], partitions },
        ...{ from: '2022-01-01T00' as Hour, to: '2027-12-31T23' as Hour, hours: [] },
        urls: createUrlDictionary([]),
      }).CreateTable;
      assert.deepEqual(shown, withoutComments(table?.TableInput));
    });
  }
});

/** As the template has it: without comments, and without what is the default. */
function withoutComments(value: unknown): unknown {
  const shown: unknown = JSON.parse(JSON.stringify(value), function (this: Properties, key, each: unknown) {
    if (key === 'Comment' || key === 'EXTERNAL') return undefined;
    return key === 'Parameters' && JSON.stringify(each) === '{}' ? undefined : each;
  });
  return shown;
}

describe('the right to tell Glue of sealed hours', () => {
  it('is given only where partitions are explicit', () =>
    assert.equal(template.Resources['CataloguePolicy']?.Condition, 'ExplicitPartitions'));

  it('is written out in deploy/aws/glue-policy.json for those who do not use the template', () => {
    const text = JSON.stringify(properties('CataloguePolicy')['PolicyDocument'])
      .replaceAll('eu-central-1', 'YOUR-REGION')
      .replaceAll('123456789012', 'YOUR-ACCOUNT');
    assert.deepEqual(JSON.parse(text), JSON.parse(readRepoFile('deploy/aws/glue-policy.json')));
  });
});

describe('the scripts for the machine', () => {
  it('pass shellcheck without a remark', async function () {
    this.timeout(400_000);
    const tool = await pythonTool('shellcheck');
    if (!tool) return this.skip();
    const names = readdirSync(repoFile('deploy/aws/bin')).map((name) => `deploy/aws/bin/${name}`);
    const { status, output } = run(tool, [...names, 'deploy/systemd/as-worker'].map(repoFile));
    assert.equal(status, 0, output);
  });
});
