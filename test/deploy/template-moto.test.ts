import assert from 'node:assert/strict';
import { repoFile } from './files.js';
import { pythonTool, run } from './python-tools.js';
import { type Properties, properties, TEMPLATE } from './template.js';

interface Deployed {
  status: string;
  outputs: Record<string, string>;
  lakeEncryption: string;
  role: { inline: Record<string, { Statement: Properties[] }>; attached: unknown[] };
  launch: { MetadataOptions: Properties; BlockDeviceMappings: { Ebs: Properties }[]; UserData: string };
  inbound: unknown[];
  logs: { arn: string; retentionInDays: number }[];
  table: { StorageDescriptor: { SerdeInfo: Properties; Columns: { Name: string; Type: string }[] } };
  workgroup: { Configuration: Properties };
  alarms: string[];
}

describe('the template, deployed to moto', () => {
  let deployed: Deployed;
  let shellcheck: string | undefined;

  before(async function () {
    this.timeout(400_000);
    const python = await pythonTool('moto');
    shellcheck = await pythonTool('shellcheck');
    if (!python) return this.skip();
    const calls = [
      ['glue', 'create_database', properties('Database')],
      ['glue', 'create_table', properties('Table')],
      ['glue', 'create_table', properties('ParquetTable')],
      ['athena', 'create_work_group', workgroup()],
      ['cloudwatch', 'put_metric_alarm', alarm('WorkerSilent')],
      ['cloudwatch', 'put_metric_alarm', alarm('MachineUnwell')],
      ['budgets', 'create_budget', { AccountId: '123456789012', ...properties('Budget') }],
    ];
    const args = [repoFile('test/deploy/moto_deploy.py'), repoFile(TEMPLATE)];
    const { status, stdout, output } = run(python, args, { input: JSON.stringify(calls) });
    assert.equal(status, 0, output.slice(-2_000));
    deployed = JSON.parse(stdout) as Deployed;
  });

  /** Names and numbers as the API wants them, where CloudFormation takes text for both. */
  const alarm = (name: string): Properties => ({ AlarmName: name, ...properties(name) });
  const workgroup = (): Properties => {
    const { Name = '', WorkGroupConfiguration = {} } = properties('Workgroup');
    const Configuration = WorkGroupConfiguration as Properties;
    const cutoff = Number(Configuration['BytesScannedCutoffPerQuery']);
    return { Name, Configuration: { ...Configuration, BytesScannedCutoffPerQuery: cutoff } };
  };

  it('comes up', () => {
    assert.equal(deployed.status, 'CREATE_COMPLETE');
    assert.match(deployed.outputs['LakeUri'] ?? '', /^s3:\/\/fernlake-lake-/);
    assert.equal(deployed.lakeEncryption, 'AES256');
  });

  it('gives the worker two policies of its own and no managed one', () => {
    assert.deepEqual(Object.keys(deployed.role.inline).sort(), ['lake', 'machine']);
    assert.deepEqual(deployed.role.attached, []);
    const machine = deployed.role.inline['machine']?.Statement ?? [];
    assert.deepEqual(
      machine.map(({ Sid, Resource }) => [Sid, [Resource].flat().filter((each) => each !== null)]),
      [
        [
          'Secrets',
          [
            'arn:aws:secretsmanager:eu-central-1:123456789012:secret:fernlake/source-AbCdEf',
            'arn:aws:secretsmanager:eu-central-1:123456789012:secret:fernlake/fernet-AbCdEf',
          ],
        ],
        ['Programs', ['arn:aws:s3:::programs/*fernlake-*.tgz', 'arn:aws:s3:::programs/temporal-arm64']],
        ['Metrics', ['*']],
        ['Logs', [deployed.logs[0]?.arn.replace(/(:\*)?$/, ':*')]],
        ['SessionManager', ['*']],
        ['PatchManager', ['*']],
        [
          'PatchLists',
          ['arn:aws:s3:::aws-ssm-eu-central-1/*', 'arn:aws:s3:::patch-baseline-snapshot-eu-central-1/*'],
        ],
      ],
    );
    const metrics = machine.find(({ Sid }) => Sid === 'Metrics');
    assert.deepEqual(metrics?.['Condition'], { StringEquals: { 'cloudwatch:namespace': 'Fernlake' } });
  });

  it('starts a machine with an encrypted disk, metadata version 2 only, one hop, and no way in', () => {
    assert.deepEqual(deployed.launch.MetadataOptions, {
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
    });
    assert.ok(deployed.launch.BlockDeviceMappings.every(({ Ebs }) => Ebs['Encrypted'] === true));
    assert.deepEqual(deployed.inbound, []);
  });

  it('keeps the machine’s log for a month', () =>
    assert.deepEqual(
      deployed.logs.map(({ retentionInDays }) => retentionInDays),
      [30],
    ));

  it('has user data that bash and shellcheck accept, with checksums before anything is unpacked', function () {
    const script = Buffer.from(deployed.launch.UserData, 'base64').toString('utf8');
    assert.equal(run('bash', ['-n'], { input: script }).output, '');
    assert.doesNotMatch(script, /\$\{/, 'every ${…} was filled in');
    assert.ok(script.indexOf('sha256sum --check') < script.indexOf('tar --extract'));
    assert.match(
      script,
      /^FERNLAKE_SOURCE_SECRET=arn:aws:secretsmanager:\S+:secret:fernlake\/source-AbCdEf$/m,
    );
    assert.doesNotMatch(script, /FERNLAKE_SOURCE_URL|https:\/\/(?!nodejs)/, 'nothing of the source');
    assert.match(script, /^umask 077$/m, 'what it writes is root’s alone');
    assert.match(script, /^FERNLAKE_SLOT=5m FERNLAKE_LATENESS=10m$/m);
    if (!shellcheck) return this.skip();
    const { status, output } = run(shellcheck, ['--shell=bash', '-'], { input: script });
    assert.equal(status, 0, output);
  });

  it('has a table, a workgroup, alarms and a budget that the services take', () => {
    const { SerdeInfo, Columns } = deployed.table.StorageDescriptor;
    assert.equal(SerdeInfo['SerializationLibrary'], 'org.apache.hive.hcatalog.data.JsonSerDe');
    assert.deepEqual(
      Columns.map(({ Name, Type }) => `${Name} ${Type}`),
      [
        'user_id string',
        'record_id bigint',
        'activity string',
        'url string',
        'method string',
        'name string',
        'indate string',
        'detail struct<message:string,levelname:string>',
      ],
    );
    assert.equal(deployed.workgroup.Configuration['BytesScannedCutoffPerQuery'], 10 * 1024 ** 3);
    assert.equal(deployed.workgroup.Configuration['EnforceWorkGroupConfiguration'], true);
    assert.deepEqual(deployed.alarms.sort(), ['StatusCheckFailed', 'WorkerAlive']);
  });
});
