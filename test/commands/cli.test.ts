import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/embedded/ports.js';
import { createProgram } from '../../src/commands/program.js';
import { allCommands, helpOf } from '../docs/reference/commands.js';
import { fernlake, fernlakeHere, type Outcome } from './fernlake.js';

const KEY = Buffer.alloc(32, 5).toString('base64url');
const root = path.resolve(import.meta.dirname, '..', '..', '..');

describe('bin/fernlake', function () {
  this.timeout(60_000);
  let dir: string;
  before(() => (dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-cli-'))));
  after(() => rmSync(dir, { recursive: true }));

  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    fernlakeHere(args, { cwd: dir, env });
  const good = (): Record<string, string> => ({
    FERNLAKE_SOURCE_URL: 'http://127.0.0.1:1/log',
    FERNET_KEYS: KEY,
    FERNLAKE_LAKE: `file://${dir}/lake`,
  });

  /** Wrong use: one clear message, exit code 2, no stack, no secret. */
  async function refuses(
    args: readonly string[],
    env: Record<string, string>,
    message: RegExp,
    typed = fernlakeHere,
  ): Promise<void> {
    const { code, stdout, stderr } = await typed(args, { cwd: dir, env });
    assert.match(stderr, message);
    assert.doesNotMatch(stdout + stderr, /\n\s+at |node:internal|\[object|undefined/);
    assert(!(stdout + stderr).includes(KEY));
    assert.equal(code, 2, stderr);
  }

  it('shows its help and its version', async () => {
    const [help, version, sub] = await Promise.all([
      run(['--help']),
      run(['--version']),
      run(['schedule', 'apply', '--help']),
    ]);
    assert.deepEqual([help.code, version.code, sub.code], [0, 0, 0]);
    for (const name of ['up', 'worker', 'schedule', 'verify', 'decode', 'source'])
      assert.match(help.stdout, new RegExp(`\n {2}${name}\\b`));
    const { version: current } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(version.stdout.trim(), current);
    assert.match(sub.stdout, /keeps a pause/);
  });

  it('shows for every command what it is for, and how it is typed', async () => {
    const leaves = allCommands(await createProgram()).filter(({ command }) => command.commands.length === 0);
    assert(leaves.length >= 20);
    for (const { path: name, command } of leaves) {
      assert(command.description().length > 10, name);
      const help = helpOf(command);
      const examples = /\nExamples:\n([^]*)$/.exec(help)?.[1] ?? '';
      assert(
        examples.includes(`fernlake ${name}`),
        `${name} has no example: src/commands/examples.ts\n${help}`,
      );
    }
  });

  it('does not know a command or an option, and suggests the right one', async () => {
    await refuses(['verfy'], {}, /unknown command 'verfy'[^]*Did you mean verify\?/);
    await refuses(['schedule', 'aply'], {}, /unknown command 'aply'[^]*Did you mean apply\?/);
    await refuses(['verify', '--jsn'], {}, /unknown option '--jsn'[^]*--json/);
    await refuses(['decode'], {}, /missing required argument 'file'/);
    await refuses(['up', '--hours', '0'], {}, /whole number above 0/);
    await refuses([], {}, /Usage: npx fernlake/);
  });

  it('names everything that is not set, at once', async () => {
    await refuses(
      ['worker'],
      {},
      /3 settings are wrong:[^]*FERNLAKE_SOURCE_URL[^]*FERNET_KEYS[^]*FERNLAKE_LAKE/,
    );
  });

  it('names a missing or malformed key', async () => {
    const keyless = { ...good(), FERNET_KEYS: '' };
    await refuses(['worker'], keyless, /FERNET_KEYS is not set: .*FERNET_KEYS_FILE/);
    await refuses(
      ['worker'],
      { ...good(), FERNET_KEYS: `${KEY}x` },
      /FERNET_KEYS: Fernet key 1 of 1 is malformed/,
    );
  });

  it('names a bad address and a bad dataset', async () => {
    await refuses(['worker'], { ...good(), FERNLAKE_SOURCE_URL: 'api' }, /FERNLAKE_SOURCE_URL is no http/);
    await refuses(['verify'], { ...good(), FERNLAKE_DATASET: 'My Logs' }, /FERNLAKE_DATASET must be/);
  });

  it('takes a lake that is not there for a mistake, whatever is asked of it', async () => {
    for (const empty of ['mistyped', 'empty']) {
      const lake = `file://${dir}/${empty}`;
      if (empty === 'empty') mkdirSync(path.join(dir, empty));
      for (const args of [
        ['verify'],
        ['status'],
        ['report', '--json'],
        ['query', 'select 1'],
        ['sizes'],
        ['schema'],
        ['ddl', 'duckdb'],
        ['quarantine', 'list'],
        ['quarantine', 'redrive', '--dry-run'],
        ['reprocess', '--dry-run'],
        ['reprocess', '--diff'],
      ])
        await refuses(args, { ...good(), FERNLAKE_LAKE: lake }, /there is no lake at/);
    }
  });

  it('names a lake that it cannot write to', async () => {
    writeFileSync(path.join(dir, 'file'), '');
    const lakes: Record<string, RegExp> = {
      'file:///proc/fernlake': /\/proc\/fernlake/,
      [`file://${dir}/file/lake`]: /file\/lake/,
    };
    for (const [lake, message] of Object.entries(lakes)) {
      await refuses(['worker'], { ...good(), FERNLAKE_LAKE: lake }, message, fernlake);
      await refuses(['verify'], { ...good(), FERNLAKE_LAKE: lake }, /FERNLAKE_LAKE/);
    }
  });

  it('names the address at which no Temporal server answers', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const message = new RegExp(
      `no Temporal server answers at ${address} \\(TEMPORAL_ADDRESS\\)[^]*npm start`,
    );
    const env = { ...good(), TEMPORAL_ADDRESS: address };
    await refuses(['schedule', 'apply'], env, message);
    await refuses(['worker'], env, message, fernlake);
  });
});
