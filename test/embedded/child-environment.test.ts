import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childEnvironment } from '../../src/config/children.js';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { goInstall } from '../../src/embedded/go-install.js';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import { temporalFromWheel } from '../../src/embedded/temporal-wheel.js';
import { temporalCli } from '../support/temporal-cli.js';

const SECRETS: Readonly<Record<string, string>> = {
  FERNET_KEYS: 'secret-of-fernet',
  FERNLAKE_SOURCE_URL: 'https://user:secret-of-source@example.com/log',
  AWS_SECRET_ACCESS_KEY: 'secret-of-aws',
  TEMPORAL_API_KEY: 'secret-of-temporal',
  ANYTHING_ELSE: 'secret-of-somebody',
};

/** Starts a Temporal dev server; the other children are scripts that write down what they got. */
describe('the environment of a child', function () {
  this.timeout(60_000);
  let dir: string;
  const before = { ...process.env };
  const quiet = (): void => undefined;

  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-children-'));
    Object.assign(process.env, SECRETS, { HTTPS_PROXY: 'http://proxy.local:3128' });
  });
  afterEach(() => {
    for (const name of [...Object.keys(SECRETS), 'HTTPS_PROXY'])
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    rmSync(dir, { recursive: true });
  });

  const holdsNoSecret = (environment: string): void => {
    assert.match(environment, /PATH=/);
    assert.doesNotMatch(environment, /secret-of/);
  };

  /** A program that writes its environment beside itself, and says what a Temporal CLI would. */
  function program(name: string): string {
    const file = path.join(dir, name);
    writeFileSync(file, '#!/bin/sh\nenv >"$0.env"\necho "temporal version 1.2.3"\n');
    chmodSync(file, 0o755);
    return file;
  }

  it('has no secret: a Temporal server and the guard beside it, whose files are for this user alone', async function () {
    if (process.platform !== 'linux') {
      console.warn('skipped: environments are read from /proc, which this system has not');
      this.skip();
    }
    const cliPath = await temporalCli();
    const dbFile = path.join(dir, 'state', 'temporal.db');
    const umask = process.umask(0o022);
    const server = await startDevServer({ cliPath, port: 0, uiPort: false, dbFile, log: quiet });
    process.umask(umask);
    try {
      const guards = ours().filter(({ command }) => command.includes('fernlake-guard'));
      assert.equal(guards.length, 1);
      for (const pid of [server.pid, guards[0]?.pid])
        holdsNoSecret(readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', '\n'));
      const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
      assert.equal(modeOf(path.dirname(dbFile)), '700');
      const modes = readdirSync(path.dirname(dbFile))
        .filter((name) => !name.endsWith('.lock'))
        .map((name) => `${name} ${modeOf(path.join(path.dirname(dbFile), name))}`);
      assert(modes.includes('temporal.db 600') && modes.includes('temporal.db.log 600'), modes.join());
      assert.deepEqual(
        modes.filter((line) => !line.endsWith(' 600')),
        [],
      );
    } finally {
      await server.stop();
    }
  });

  it('has no secret: a build with Go, which is told of the proxy and of its folder', async () => {
    const go = program('go');
    await goInstall({ go, goPackage: 'example.com/x@v1', binDir: dir, log: quiet });
    const environment = readFileSync(`${go}.env`, 'utf8');
    holdsNoSecret(environment);
    assert(
      environment.includes(`GOBIN=${dir}`) && environment.includes('HTTPS_PROXY=http://proxy.local:3128'),
    );
  });

  it('has no secret: pip, which is told of the proxy', async () => {
    const python = program('python3');
    await assert.rejects(temporalFromWheel({ dir, searchPath: [dir], log: quiet }));
    const environment = readFileSync(`${python}.env`, 'utf8');
    holdsNoSecret(environment);
    assert(environment.includes('HTTPS_PROXY=http://proxy.local:3128'));
  });

  it('has no secret: a Temporal CLI that is asked for its version', async () => {
    const cli = program('temporal');
    await findTemporalCli({ explicitPath: cli, searchPath: [], cacheDir: dir, log: quiet });
    const environment = readFileSync(`${cli}.env`, 'utf8');
    holdsNoSecret(environment);
    assert(!environment.includes('HTTPS_PROXY'));
  });

  it('is what a child needs by name, and what it is given', () => {
    const ours = {
      PATH: '/bin',
      LC_ALL: 'C',
      GOPROXY: 'p',
      PIP_INDEX_URL: 'i',
      FERNET_KEYS: 'k',
      TZ: undefined,
    };
    assert.deepEqual(childEnvironment('local', {}, ours), { PATH: '/bin', LC_ALL: 'C' });
    assert.deepEqual(childEnvironment('fetching', { X: '1' }, ours), {
      PATH: '/bin',
      LC_ALL: 'C',
      GOPROXY: 'p',
      PIP_INDEX_URL: 'i',
      X: '1',
    });
  });
});

/** This process's own children, as /proc has them. */
function ours(): { pid: string; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return parent === process.pid
          ? [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'latin1') }]
          : [];
      } catch {
        return []; // it has ended
      }
    });
}
