import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Hour } from '../../src/dataset/hour.js';
import { glueDefinition } from '../../src/tables/engines/glue.js';
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

  it('passes checkov; what it has against it is answered where it stands, and on deploy/README.md', async function () {
    this.timeout(400_000);
    const tool = await pythonTool('checkov');
    if (!tool) return this.skip();
    const args = ['--skip-download', '--framework', 'cloudformation', '--output', 'json', '-f'];
    const { stdout, output } = run(tool, [...args, repoFile(TEMPLATE)]);
    const { results } = JSON.parse(stdout || output) as Record<
      string,
      Record<string, { check_id: string }[]>
    >;
    assert.deepEqual(results?.['failed_checks'], []);
    assert.ok((results?.['passed_checks'] ?? []).length >= 50, output);
    const page = readRepoFile('deploy/README.md');
    for (const { check_id } of results?.['skipped_checks'] ?? [])
      assert.ok(page.includes(check_id), check_id);
  });

  it('holds no secret: keys come as the ARNs of secrets made elsewhere', () => {
    const text = readRepoFile(TEMPLATE);
    assert.doesNotMatch(text, /AWS::IAM::(User|AccessKey)|SecretString|AKIA[0-9A-Z]{16}/);
    for (const name of ['FernetKeySecretArn', 'SourceSecretArn'])
      assert.ok(name in template.Parameters, name);
  });

  it('takes no setting of the source and no secret in plain, which would stand in the user data', () => {
    const pattern = new RegExp(`^(?:${template.Parameters['WorkerSettings']?.AllowedPattern})$`);
    for (const good of [
      '',
      'FERNLAKE_SLOT=5m',
      'FERNLAKE_SLOT=5m FERNLAKE_LATENESS=10m',
      'AWS_USE_FIPS_ENDPOINT=true',
    ])
      assert.match(good, pattern);
    for (const bad of [
      'FERNLAKE_SOURCE_URL=https://user:word@example.com/',
      'FERNLAKE_SLOT=5m FERNLAKE_SOURCE_TOKEN=x',
      'FERNET_KEYS=x',
      'TEMPORAL_API_KEY=x',
      'AWS_SECRET_ACCESS_KEY=x',
      'FERNLAKE_SLOT=5m; true',
    ])
      assert.doesNotMatch(bad, pattern);
  });

  it('lets secrets be under a key of yours, by way of Secrets Manager alone', () => {
    assert.equal(template.Resources['SecretsKeyPolicy']?.Condition, 'SecretsWithKms');
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1';
    const { PolicyDocument } = properties('SecretsKeyPolicy', {}, { SecretsKmsKeyArn: key });
    const [statement] = (PolicyDocument as { Statement: Properties[] }).Statement;
    assert.deepEqual(
      [statement?.['Action'], statement?.['Resource'], statement?.['Condition']],
      [
        'kms:Decrypt',
        key,
        { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } },
      ],
    );
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
      // A bucket that outlives its stack keeps its rules.
      for (const name of [bucket, `${bucket}Policy`]) {
        const { DeletionPolicy, UpdateReplacePolicy } = template.Resources[name] ?? {};
        assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain'], name);
      }
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

  it('lets nothing in, and out only to HTTPS, the source and Temporal, each by one rule', () => {
    const group = properties('WorkerSecurityGroup');
    assert.equal(group['SecurityGroupIngress'], undefined);
    const ports = (group['SecurityGroupEgress'] as Properties[]).map((rule) => rule['ToPort']);
    assert.deepEqual(ports, [443]);
    assert.deepEqual(
      [
        template.Resources['ToSource']?.Condition,
        properties('ToSource', {}, { SourcePort: '8443' })['ToPort'],
      ],
      ['SourceElsewhere', '8443'],
    );
    assert.deepEqual(
      [template.Resources['ToTemporal']?.Condition, properties('ToTemporal')['ToPort']],
      ['RemoteTemporal', 7233],
    );
    // Two equal rules are refused.
    assert.deepEqual(template.Conditions['SourceElsewhere'], {
      'Fn::Not': [
        {
          'Fn::Or': [
            { 'Fn::Equals': [{ Ref: 'SourcePort' }, 443] },
            { 'Fn::And': [{ Condition: 'RemoteTemporal' }, { 'Fn::Equals': [{ Ref: 'SourcePort' }, 7233] }] },
          ],
        },
      ],
    });
  });

  it('keeps the log of the machine’s services in CloudWatch, for as long as it is told', () => {
    assert.equal(properties('Logs')['RetentionInDays'], '30');
    const agent = JSON.parse(readRepoFile('deploy/aws/cloudwatch-agent.json')) as {
      logs: { logs_collected: { files: { collect_list: Record<string, string>[] } } };
    };
    const [file] = agent.logs.logs_collected.files.collect_list;
    const unit = readRepoFile('deploy/aws/systemd/fernlake-log.service');
    assert.ok(unit.includes(`StandardOutput=append:${file?.['file_path']}`));
    assert.ok(readRepoFile('deploy/aws/logrotate.conf').startsWith(`${file?.['file_path']} {`));
    assert.match(readRepoFile('deploy/aws/bin/install'), /sed "s\|LOG_GROUP\|\$FERNLAKE_LOG_GROUP\|"/);
    assert.equal(file?.['log_group_name'], 'LOG_GROUP');
  });

  it('has Systems Manager install patches every week, and start the machine anew where one asks for it', () => {
    const { Name, Targets, Parameters, ScheduleExpression } = properties('Patches');
    assert.deepEqual([Name, ScheduleExpression], ['AWS-RunPatchBaseline', 'cron(0 4 ? * SUN *)']);
    assert.deepEqual(Targets, [{ Key: 'InstanceIds', Values: ['i-0123456789abcdef0'] }]);
    assert.deepEqual(Parameters, { Operation: ['Install'], RebootOption: ['RebootIfNeeded'] });
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
    assert.equal(parameters['storage.location.template'], 's3://lake/logs/${dt}');
    assert.equal(
      parameters['projection.dt.range'],
      'year=2022/month=01/day=01/hour=00,NOW',
      'needs no yearly care',
    );
    assert.deepEqual(table['PartitionKeys'], [{ Name: 'dt', Type: 'string' }]);
  });
});

describe("the template's tables", () => {
  const styles = [
    ['Table', 'ndjson', 'dt'],
    ['ParquetTable', 'parquet', 'dt'],
    ['Table', 'ndjson', 'explicit'],
    ['ParquetTable', 'parquet', 'explicit'],
  ] as const;
  for (const [resource, format, partitions] of styles) {
    it(`declare what fernlake ddl glue --partitions ${partitions} declares: ${resource}`, () => {
      const shown = properties(resource, { ExplicitPartitions: partitions === 'explicit' })['TableInput'];
      const [table] = glueDefinition({
        ...{ database: 'fernlake', dataset: 'logs', location: 's3://lake', formats: [format], partitions },
        ...{ from: '2022-01-01T00' as Hour, to: '2022-12-31T23' as Hour, hours: [] },
        form: LOG_FORM,
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
