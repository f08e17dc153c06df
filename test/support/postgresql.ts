import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { exitOf, endChild, guard } from '../../src/embedded/processes.js';
import { freePort, portAnswers } from '../../src/embedded/ports.js';
import { splitSearchPath } from './search-path.js';
import { isExecutable, onPath } from '../../src/embedded/tool-cache.js';
import { until } from './until.js';

const run = promisify(execFile);
/** Debian's, and Fedora's with several versions; elsewhere `initdb` is on PATH. */
const VERSIONS_DIR = '/usr/lib/postgresql';
const ATTEMPTS = 3;

export interface Postgresql {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** The folder with `initdb` and `postgres`, the newest first; undefined where there is none. */
export async function postgresqlBin(): Promise<string | undefined> {
  const versions = listed(VERSIONS_DIR).sort((a, b) => Number(b) - Number(a));
  for (const version of versions) {
    const dir = path.join(VERSIONS_DIR, version, 'bin');
    if ((await isExecutable(path.join(dir, 'initdb'))) && (await isExecutable(path.join(dir, 'postgres'))))
      return dir;
  }
  const [initdb] = await onPath('initdb', splitSearchPath(process.env['PATH']));
  return initdb === undefined ? undefined : path.dirname(initdb);
}

/** As `postgresqlBin`, and installs Debian's package where root runs the tests on a machine without it: once, 1 minute. */
export async function installPostgresql(): Promise<string | undefined> {
  const bin = await postgresqlBin();
  const [apt] = await onPath('apt-get', splitSearchPath(process.env['PATH']));
  if (bin !== undefined || apt === undefined || process.getuid?.() !== 0) return bin;
  console.log('Installing the Debian package postgresql: once, 1 minute.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run(apt, ['install', '--yes', '--no-install-recommends', 'postgresql'], { env, timeout: 300_000 });
  try {
    // A new machine has no package lists yet.
    await install().catch(async () => {
      await run(apt, ['update'], { env, timeout: 120_000 });
      await install();
    });
  } catch (error) {
    console.warn(`postgresql cannot be installed: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  return await postgresqlBin();
}

/** PostgreSQL with a database of its own in a temporary folder, on 127.0.0.1. It is gone after `stop`, and with this process. */
export async function startPostgresql(bin: string): Promise<Postgresql> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-postgresql-'));
  try {
    const who = await unprivileged();
    const data = path.join(dir, 'data');
    const passwordFile = path.join(dir, 'password');
    const password = randomBytes(16).toString('hex');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (who) for (const each of [dir, passwordFile]) chownSync(each, who.uid, who.gid);
    // prettier-ignore
    await run(path.join(bin, 'initdb'), ['--pgdata', data, '--username', 'temporal', '--pwfile', passwordFile,
      '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync'], { ...who, cwd: dir });
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await launch(bin, dir, data, who);
      if (typeof outcome !== 'string') return { host: '127.0.0.1', user: 'temporal', password, ...outcome };
      if (attempt === ATTEMPTS) throw new Error(`PostgreSQL did not start:\n${outcome}`);
    }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

interface Who {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<Who | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (option: string): Promise<number> => Number((await run('id', [option, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** What it listens on and what stops it, or what it said when it did not start. */
async function launch(
  bin: string,
  dir: string,
  data: string,
  who: Who | undefined,
): Promise<Pick<Postgresql, 'port' | 'stop'> | string> {
  const port = await freePort();
  // No socket, whose path may be too long; no fsync, as only the Temporal server is killed here.
  // prettier-ignore
  const child = spawn(path.join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1',
    '-c', 'fsync=off'], { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  const ended = exitOf(child);
  let over = false;
  void ended.then(() => (over = true));
  const ready = await until('PostgreSQL answers', async () => over || (await portAnswers(port))).catch(
    () => false,
  );
  if (over || !ready) {
    await endChild(child, 0);
    await guardian?.dismiss();
    return said.trim();
  }
  return {
    port,
    async stop() {
      // Its fast shutdown: sessions are closed, what is under way is rolled back.
      child.kill('SIGINT');
      await ended;
      await guardian?.dismiss();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function listed(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
