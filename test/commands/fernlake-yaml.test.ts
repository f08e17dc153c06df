import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../examples/source-server/index.js';
import { CASE_FORM, writeCaseLake } from '../tables/engines/case-lake.js';
import { CASES } from '../tables/engines/cases.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { fernlakeHere, fernlakeProcess } from './fernlake.js';

const LAKE_JSON = '{"id":"00000000-0000-4000-8000-000000000000","form":1}';
const DATASET = `
    source: { url: "https://api.example.com/orders", auth: { type: bearer, token: "\${TOKEN}" }, primary_key: id }
    record: { event_time: { field: at }, columns: { id: integer, at: text } }
`;

describe('commands with fernlake.yaml', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-yaml-'));
    for (const lake of ['one', 'other', 'shared']) {
      mkdirSync(path.join(dir, lake));
      writeFileSync(path.join(dir, lake, 'lake.json'), LAKE_JSON);
    }
    folder('single', `lake: file://${dir}/one\ndatasets:\n  orders:${DATASET}`);
    folder('several', `lake: file://${dir}/shared\ndatasets:\n  orders:${DATASET}  returns:${DATASET}`);
    folder('wrong', `lake: file://${dir}/one\ndatsets:\n  orders:${DATASET}`);
    folder('none');
  });
  after(() => rmSync(dir, { recursive: true }));

  const cwd = (name: string): string => path.join(dir, name, 'here');
  function folder(name: string, text?: string): void {
    mkdirSync(cwd(name), { recursive: true });
    if (text !== undefined) writeFileSync(path.join(cwd(name), 'fernlake.yaml'), text);
  }
  /** What `verify` says of an empty lake names dataset and lake. */
  const verify = async (name: string, args: readonly string[], env: Record<string, string> = {}) => {
    const { stdout, stderr } = await fernlakeHere(args, { cwd: cwd(name), env });
    return (
      /fernlake verify (\S+) in file:\/\/\S+\/(\w+)/.exec(stdout)?.slice(1).join(' in ') ?? stderr.trim()
    );
  };

  it('read it where they are typed, or the one that is named, in front of the command or behind', async () => {
    const file = path.join(cwd('single'), 'fernlake.yaml');
    assert.equal(await verify('single', ['verify']), 'orders in one');
    assert.equal(await verify('none', ['verify', '--config', file]), 'orders in one');
    assert.equal(await verify('none', ['--config', file, 'verify']), 'orders in one');
    assert.equal(await verify('none', [`--config=${file}`, 'verify', '--json']), '');
    assert.equal(await verify('none', ['verify'], { FERNLAKE_CONFIG: file }), 'orders in one');
    assert.equal(
      await verify('several', ['verify', '--config', file], { FERNLAKE_CONFIG: 'nowhere.yaml' }),
      'orders in one',
    );
  });

  it('name the file, not variables, where a lake or a dataset is not there', async () => {
    const lake = `lake: file://${dir}/nowhere\ndatasets:\n  orders:${DATASET}`;
    folder('gone', lake);
    mkdirSync(path.join(dir, 'nowhere'));
    assert.equal(
      await verify('gone', ['verify']),
      `fernlake: there is no lake at file://${dir}/nowhere: nothing of fernlake lies there. Look at lake in fernlake.yaml; ` +
        'a worker makes a new lake at its start',
    );
    mkdirSync(path.join(dir, 'nowhere', 'raw', 'other'), { recursive: true });
    writeFileSync(path.join(dir, 'nowhere', 'raw', 'other', 'x'), '');
    assert.match(
      await verify('gone', ['verify']),
      /holds nothing of the dataset orders, but other: look at --dataset, or its name below datasets in fernlake\.yaml$/,
    );
    assert.match(
      (await fernlakeHere(['verify'], { cwd: cwd('single'), env: {} })).stdout,
      /If there should be, look at lake in fernlake\.yaml, and for the dataset at its name below datasets in fernlake\.yaml\./,
    );
  });

  it('ask for the dataset where there are several', async () => {
    assert.equal(
      await verify('several', ['verify']),
      'fernlake: several datasets are declared (orders, returns): name one by --dataset',
    );
    assert.equal(await verify('several', ['verify', '--dataset', 'returns']), 'returns in shared');
    assert.equal(
      await verify('several', ['verify', '--dataset', 'return']),
      'fernlake: --dataset return: fernlake.yaml declares orders, returns; did you mean returns?',
    );
    assert.equal(await verify('single', ['verify', '--dataset', 'orders']), 'orders in one');
  });

  it('take a lake without a file, and then no file', async () => {
    const other = `file://${dir}/other`;
    assert.equal(await verify('none', ['verify', '--lake', other]), 'logs in other');
    assert.equal(await verify('wrong', ['verify', '--lake', other, '--dataset', 'shop']), 'shop in other');
    assert.equal(
      await verify('single', ['verify', '--lake', other], { FERNLAKE_LAKE: 'file:///nowhere' }),
      'logs in other',
    );
    assert.match(
      await verify('single', ['verify', '--lake', other, '--config', 'fernlake.yaml']),
      /--lake is for a lake without a file/,
    );
    assert.match(await verify('none', ['verify', '--lake', 'here']), /--lake must be file:\/\/\/absolute/);
  });

  it('end with 2 and every fault of the file, with its place', async () => {
    const { code, stderr } = await fernlakeHere(['verify'], {
      cwd: cwd('wrong'),
      env: { FERNLAKE_HTTP_PORT: 'x' },
    });
    assert.equal(code, 2);
    assert.equal(
      stderr,
      'fernlake: 2 settings are wrong:\n' +
        '  - fernlake.yaml:2:1: datsets is not known; did you mean datasets?\n' +
        '  - FERNLAKE_HTTP_PORT must be a port, 1 to 65535, such as 9464\n',
    );
    const gone = await fernlakeHere(['verify', '--config', 'nope.yaml'], { cwd: cwd('none') });
    assert.deepEqual([gone.code, gone.stderr], [2, 'fernlake: nope.yaml cannot be read (ENOENT)\n']);
  });

  it('that ask the source need its secrets', async () => {
    const { code, stderr } = await fernlakeHere(['doctor'], { cwd: cwd('single') });
    assert.equal(code, 2);
    assert.match(stderr, /fernlake\.yaml:4:83: .*auth\.token needs the variable TOKEN, which is not set/);
  });

  it('do so as a process, with .env and a variable that says the same', async () => {
    folder('process', `lake: "\${LAKE}"\ndatasets:\n  orders:${DATASET}`);
    writeFileSync(path.join(cwd('process'), '.env'), `LAKE=file://${dir}/one\n`);
    const read = await fernlakeProcess(['verify'], { cwd: cwd('process') });
    assert.match(read.stdout, /fernlake verify orders in file:/);
    const twice = await fernlakeProcess(['verify'], {
      cwd: cwd('process'),
      env: { FERNLAKE_LAKE: 'file:///x' },
    });
    assert.deepEqual(
      [twice.code, twice.stderr],
      [
        2,
        'fernlake: fernlake.yaml:1:1: lake is said by the variable FERNLAKE_LAKE, too: unset it, or write ${FERNLAKE_LAKE} here\n',
      ],
    );
  });
});

/** Starts a dev server (shared); nothing polls. */
describe('commands with several datasets in fernlake.yaml', function () {
  this.timeout(120_000);
  let dir: string;
  let address: string;
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-datasets-'));
    ({ address } = await sharedTemporal());
    const text = `lake: file://${dir}/lake\ndatasets:\n  fileorders:${DATASET}    poll: { slot: 1h }\n  filereturns:${DATASET}`;
    writeFileSync(path.join(dir, 'fernlake.yaml'), text);
  });
  after(async () => {
    await typed('schedule', 'delete');
    rmSync(dir, { recursive: true });
  });

  const typed = async (...args: string[]): Promise<string> => {
    const env = { TEMPORAL_ADDRESS: address, FERNLAKE_TASK_QUEUE: 'fileseveral' };
    const { stdout, stderr } = await fernlakeHere(args, { cwd: dir, env });
    return stdout + stderr;
  };

  it('steer a schedule of each, or of the one that is named', async () => {
    assert.equal(
      await typed('schedule', 'apply'),
      'The schedule fernlake-fileorders is created: a run every 3600 s.\n' +
        'The schedule fernlake-filereturns is created: a run every 300 s.\n',
    );
    assert.match(
      await typed('schedule', 'pause', '--dataset', 'filereturns'),
      /^fernlake-filereturns is paused/,
    );
    assert.deepEqual((await typed('schedule', 'show')).match(/^fernlake-\w+: \w+/gm), [
      'fernlake-fileorders: running',
      'fernlake-filereturns: paused',
    ]);
  });

  it('show a screen of each', async () => {
    const screens = await typed('status');
    assert.deepEqual(screens.match(/^fernlake status \w+/gm), [
      'fernlake status fileorders',
      'fernlake status filereturns',
    ]);
    const all = JSON.parse(await typed('status', '--json')) as { dataset: string }[];
    assert.deepEqual(
      all.map(({ dataset }) => dataset),
      ['fileorders', 'filereturns'],
    );
    const one = JSON.parse(await typed('status', '--json', '--dataset', 'fileorders')) as { dataset: string };
    assert.equal(one.dataset, 'fileorders');
  });
});

describe('a fernlake.yaml after which rows could not be read', () => {
  it('is refused with what is wrong in each of its datasets, before anything is done for one', async () => {
    const [lake, other] = [await writeCaseLake(), await writeCaseLake(CASES, CASE_FORM, 'returns')];
    try {
      cpSync(other.dir, lake.dir, { recursive: true });
      writeFileSync(path.join(lake.dir, 'lake.json'), LAKE_JSON);
      const dataset = `
    preset: log-api
    source: { url: "http://127.0.0.1:9/" }
    record: { keys: "${DEMO_KEY}" }
`;
      const yaml = `lake: file://${lake.dir}\ndatasets:\n  logs:${dataset}  returns:${dataset}`;
      writeFileSync(path.join(other.dir, 'fernlake.yaml'), yaml);
      for (const args of [['worker'], ['schedule', 'apply']]) {
        const { code, stderr } = await fernlakeProcess(args, {
          cwd: other.dir,
          env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
        });
        const told = stderr.match(/the dataset \w+ is declared otherwise than what has landed/g);
        assert.deepEqual([code, told?.map((line) => line.split(' ')[2])], [2, ['logs', 'returns']], stderr);
      }
    } finally {
      lake.remove();
      other.remove();
    }
  });
});

/** Starts a sample API on loopback that asks for a token; no Temporal answers. */
describe('fernlake.yaml and the source', () => {
  let dir: string;
  let source: SourceServer;
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-bearer-'));
    const startMs = Date.now();
    source = await createSourceServer({
      ...{ rate: 2, history: 100, startMs, anchorMs: startMs },
      auth: { type: 'bearer', token: 'let-me-in' },
    });
    const text = `lake: file://${dir}/lake
datasets:
  diary:
    preset: log-api
    source: { url: "${source.url}", auth: { type: bearer, token: "\${TOKEN}" } }
    record: { keys: "\${file:key}" }
`;
    writeFileSync(path.join(dir, 'fernlake.yaml'), text);
    writeFileSync(path.join(dir, 'key'), `${DEMO_KEY}\n`);
  });
  after(async () => {
    await source.close();
    rmSync(dir, { recursive: true });
  });

  const checks = async (token: string): Promise<Map<string, string>> => {
    const env = { TOKEN: token, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { stdout } = await fernlakeHere(['doctor', '--json'], { cwd: dir, env });
    const { checks: all } = JSON.parse(stdout) as { checks: { name: string; state: string; says: string }[] };
    return new Map(all.map(({ name, state, says }) => [name, `${state}: ${says}`]));
  };

  it('ask it with what the file says, and open its records with the keys', async () => {
    const found = await checks('let-me-in');
    assert.match(found.get('source') ?? '', /^ok/);
    assert.match(found.get('records') ?? '', /^ok/);
    const refused = await checks('geheim');
    assert.match(refused.get('source') ?? '', /^failed: .*401/);
    assert.doesNotMatch([...refused.values()].join(), /geheim/);
  });
});
