import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetPartitionsCommand,
  GetTablesCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import { type GlueCatalog, openGlue } from '../../../src/tables/glue/glue.js';
import { workerCatalog } from '../../../src/tables/glue/worker.js';
import { checkCatalog } from '../../../src/inspect/doctor/catalog.js';
import { isFernlakeError } from '../../../src/errors.js';
import type { Hour } from '../../../src/dataset/hour.js';
import type { GlueDefinition } from '../../../src/tables/engines/glue.js';
import { readRepoFile } from '../../deploy/files.js';
import { pythonTool, run } from '../../deploy/python-tools.js';
import { fernlake, fernlakeProcess, type Outcome } from '../../commands/fernlake.js';
import { type CaseLake, writeCaseLake } from '../engines/case-lake.js';
import { CASE_URLS } from '../engines/cases.js';
import { useAwsEnv } from '../../support/aws-env.js';
import { type MotoServer, motoServerOrSkip } from '../../support/moto-server.js';

const PLACE = { dataset: 'logs', location: 's3://bucket/lake', formats: ['ndjson', 'parquet'] } as const;
const HOUR = '2024-03-09T08' as Hour;

/** Starts moto's server on loopback. */
describe('Glue as the catalogue', function () {
  this.timeout(120_000);
  let moto: MotoServer;
  let lake: CaseLake;
  let client: GlueClient;
  let restore: (() => void) | undefined;

  before(async function () {
    this.timeout(400_000);
    moto = await motoServerOrSkip(this);
    restore = useAwsEnv(moto.env);
    client = new GlueClient({});
    lake = await writeCaseLake();
  });
  after(async () => {
    client?.destroy();
    restore?.();
    lake?.remove();
    await moto?.stop();
  });

  const apply = (database: string, ...args: string[]): Promise<Outcome> =>
    fernlake(['ddl', 'glue', '--apply', '--location', PLACE.location, '--database', database, ...args], {
      cwd: os.tmpdir(),
      env: {
        ...moto.env,
        FERNLAKE_LAKE: pathToFileURL(lake.dir).href,
        FERNLAKE_URLS: CASE_URLS.join(','),
        FERNLAKE_FORMATS: 'ndjson,parquet',
        FERNLAKE_FIELDS: 'sessionId:text,score:number,n:integer,ok:boolean',
      },
    });
  const open = (database: string): Promise<GlueCatalog> => openGlue({ database, ...PLACE, form: LOG_FORM });
  const partitions = async (DatabaseName: string, TableName = 'logs') =>
    (await client.send(new GetPartitionsCommand({ DatabaseName, TableName }))).Partitions ?? [];
  const failsWith =
    (code: 'CatalogBusy' | 'CatalogDenied' | 'Configuration', words: RegExp) => (e: unknown) =>
      isFernlakeError(e, code) && words.test(e.message);

  it('has database, tables, view and every sealed hour after ddl glue --apply', async () => {
    const { code, stdout } = await apply('applied', '--partitions', 'explicit');
    assert.equal(code, 0);
    const n = lake.hours.length;
    assert.equal(
      stdout,
      `database applied: created\ntable logs: created\nhours of logs: ${n} registered, 0 were there\n` +
        `table logs_parquet: created\nhours of logs_parquet: ${n} registered, 0 were there\n` +
        'view logs_readable: created\n',
    );
    const { TableList = [] } = await client.send(new GetTablesCommand({ DatabaseName: 'applied' }));
    assert.deepEqual(TableList.map(({ Name, TableType }) => `${Name} ${TableType}`).sort(), [
      'logs EXTERNAL_TABLE',
      'logs_parquet EXTERNAL_TABLE',
      'logs_readable VIRTUAL_VIEW',
    ]);
    const [leapDay] = (await partitions('applied', 'logs_parquet')).filter(
      ({ Values }) => Values?.join('-') === '2024-2-29-23',
    );
    assert.equal(
      leapDay?.StorageDescriptor?.Location,
      's3://bucket/lake/parquet/logs/year=2024/month=02/day=29/hour=23/',
    );
  });

  it('is brought up to date by the same command, and keeps what it has', async () => {
    const { code, stdout } = await apply('applied', '--partitions', 'explicit');
    assert.equal(code, 0);
    assert.match(stdout, /^database applied: was there\ntable logs: brought up to date\n/);
    assert.match(stdout, new RegExp(`hours of logs: 0 registered, ${lake.hours.length} were there`));
  });

  it('prints, on Node 20 as on any other, no warning of the AWS SDK on Node’s version, but every other warning', async () => {
    const other = 'data:text/javascript,process.emitWarning(%22of%20another%20kind%22)';
    const { code, stderr } = await fernlakeProcess(['ddl', 'glue', '--apply', '--location', PLACE.location], {
      cwd: os.tmpdir(),
      env: {
        ...moto.env,
        FERNLAKE_LAKE: pathToFileURL(lake.dir).href,
        NODE_OPTIONS: `--import=${other}`,
      },
    });
    assert.equal(code, 0);
    assert.match(stderr, /^\(node:\d+\) Warning: of another kind\n.*trace-warnings.*\n$/);
  });

  it('takes what ddl glue prints from the AWS CLI, one entry a call', async function () {
    const aws = await pythonTool('aws');
    if (aws === undefined) return this.skip();
    const env = { ...process.env, ...moto.env, AWS_DEFAULT_REGION: 'eu-central-1' };
    const args = ['ddl', 'glue', '--location', PLACE.location, '--database', 'by_hand'];
    const { stdout } = await fernlake([...args, '--partitions', 'explicit'], {
      cwd: os.tmpdir(),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href },
    });
    const printed = JSON.parse(stdout) as GlueDefinition;
    const calls = [
      ['create-database', printed.CreateDatabase],
      ...printed.CreateTable.map((input) => ['create-table', input] as const),
      ...printed.BatchCreatePartition.map((input) => ['batch-create-partition', input] as const),
    ] as const;
    for (const [command, input] of calls) {
      const { status, output } = run(aws, ['glue', command, '--cli-input-json', JSON.stringify(input)], {
        env,
      });
      assert.equal(status, 0, `${command}: ${output}`);
    }
    assert.equal((await partitions('by_hand')).length, lake.hours.length);
  });

  it('keeps its hands off a table of another lake', async () => {
    const { code, stderr } = await apply('applied', '--location', 's3://other');
    assert.equal(code, 2);
    assert.match(stderr, /applied\.logs is there and is not this lake's: .*s3:\/\/bucket\/lake\/logs\//);
  });

  it('changes no table to other partition keys, which would lose its hours', async () => {
    const { code, stderr } = await apply('applied', '--partitions', 'dt');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /applied\.logs is there with the partition keys year, month, day, hour, not dt: name the/,
    );
    assert.equal((await partitions('applied')).length, lake.hours.length);
  });

  it('has the hours, and says what is wrong, where the view or a table cannot be made', async () => {
    const DatabaseName = 'taken';
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DatabaseName } }));
    for (const Name of ['logs_readable', 'logs_parquet']) {
      const StorageDescriptor = { Columns: [], Location: 's3://elsewhere/' };
      const TableInput = { Name, TableType: 'EXTERNAL_TABLE', StorageDescriptor };
      await client.send(new CreateTableCommand({ DatabaseName, TableInput }));
    }
    const { code, stdout, stderr } = await apply(DatabaseName, '--partitions', 'explicit');
    assert.equal(code, 2);
    assert.match(stdout, new RegExp(`hours of logs: ${lake.hours.length} registered, 0 were there`));
    assert.equal((await partitions(DatabaseName)).length, lake.hours.length);
    assert.match(
      stderr,
      /2 steps failed:\n.*taken\.logs_parquet is there and is not this lake's.*s3:\/\/elsewhere/,
    );
    assert.match(stderr, /taken\.logs_readable is there and is not this lake's/);
  });

  it('is told of an hour once, however often it is told', async () => {
    const catalog = await open('applied');
    await catalog.check();
    assert.equal(await catalog.register('ndjson', HOUR), true);
    assert.equal(await catalog.register('ndjson', HOUR), false);
    const found = (await partitions('applied')).filter(({ Values }) => Values?.join('-') === '2024-3-9-8');
    assert.deepEqual(
      found.map(({ StorageDescriptor }) => StorageDescriptor?.Location),
      ['s3://bucket/lake/logs/year=2024/month=03/day=09/hour=08/'],
    );
  });

  it('serves no worker whose tables are not there, compute their hours, or are of another lake', async () => {
    const check = (database: string, lake: string = PLACE.location) =>
      workerCatalog({ glueDatabase: database, dataset: 'logs', lake, formats: PLACE.formats }, LOG_FORM);
    await assert.rejects(
      check('nowhere'),
      failsWith('Configuration', /nowhere\.logs is not there\. Make it with/),
    );
    assert.equal((await apply('projected')).code, 0);
    await assert.rejects(check('projected'), failsWith('Configuration', /hours computed by Athena/));
    await assert.rejects(check('applied', 's3://bucket/other'), failsWith('Configuration', /is over s3:/));
    assert.deepEqual((await check('applied')).catalog?.formats, ['ndjson', 'parquet']);
  });

  it('is looked at by the doctor', async () => {
    const check = (glueDatabase: string | undefined) =>
      checkCatalog({
        glueDatabase,
        dataset: 'logs',
        lake: PLACE.location,
        formats: PLACE.formats,
        declaration: LOG_FORM.declaration,
      });
    assert.deepEqual(await check(undefined), []);
    assert.equal((await check('applied'))[0]?.state, 'ok');
    const [failed] = await check('nowhere');
    assert.equal(failed?.state, 'failed');
    assert.match(
      failed?.says ?? '',
      /nowhere\.logs is not there\. Make it with npx fernlake ddl glue --apply/,
    );
  });

  it('says what to do where there is no such table, and does not try again', async () => {
    const told = (await open('nowhere')).register('ndjson', HOUR);
    await assert.rejects(
      told,
      failsWith('CatalogDenied', /register 2024-03-09T08 with nowhere\.logs.*--apply/),
    );
  });

  it('names the permission that is missing', async () => {
    const server = createServer((_, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'AccessDeniedException', Message: 'no' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['AWS_ENDPOINT_URL_GLUE'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await assert.rejects(
        (await open('applied')).register('ndjson', HOUR),
        failsWith('CatalogDenied', /the permission glue:CreatePartition is missing/),
      );
    } finally {
      server.close();
      process.env['AWS_ENDPOINT_URL_GLUE'] = moto.endpoint;
    }
  });

  it('is asked again later when nobody answers, and keeps no worker from starting', async () => {
    process.env['AWS_ENDPOINT_URL_GLUE'] = 'http://127.0.0.1:9';
    try {
      const catalog = await open('applied');
      await assert.rejects(catalog.register('ndjson', HOUR), failsWith('CatalogBusy', /ECONNREFUSED/));
      const { catalog: all } = await workerCatalog(
        { glueDatabase: 'applied', lake: PLACE.location, dataset: 'logs', formats: PLACE.formats },
        LOG_FORM,
      );
      assert.ok(all);
    } finally {
      process.env['AWS_ENDPOINT_URL_GLUE'] = moto.endpoint;
    }
  });

  it('can be told by no other engine’s script', async () => {
    const { code, stderr } = await fernlake(['ddl', 'athena', '--apply', '--location', 's3://bucket'], {
      cwd: os.tmpdir(),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href },
    });
    assert.deepEqual([code, /only glue has an API/.test(stderr)], [2, true]);
  });

  it('gets only requests that Glue’s own model takes: each kind that fernlake can send came by here', async () => {
    const source = readRepoFile('src/tables/glue/glue.ts');
    const kinds = new Set([...source.matchAll(/new this\.sdk\.(\w+)Command/g)].map(([, kind = '']) => kind));
    const seen = Object.keys(await moto.requests());
    assert.equal(kinds.size, 6);
    assert.equal((await apply('in_years', '--partitions', 'projection')).code, 0);
    for (const kind of kinds) assert(seen.includes(kind), `${kind} was never sent`);
  });
});
