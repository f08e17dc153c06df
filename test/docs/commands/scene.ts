import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import { createSourceServer, DEMO_KEY } from '../../../examples/source-server/index.js';
import type { DevServer } from '../../../src/embedded/dev-server.js';
import { ensureSearchAttributes } from '../../../src/process/search-attributes.js';
import { openStorage } from '../../../src/storage/open.js';
import { collect, fernlake, fernlakeHere, spawnFernlake } from '../../commands/fernlake.js';
import { repoFile } from '../../deploy/files.js';
import { ledgers } from '../../support/lake.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { temporalCli } from '../../support/temporal-cli.js';
import { startOwnServer } from '../../support/temporal-server.js';
import { until } from '../../support/until.js';
import { versitygw } from '../../support/versitygw.js';

/** Where a reader of the docs sits: a checkout with `fernlake` on PATH, a source, a lake with sealed hours, a worker. */
export interface Scene {
  /** Whether `s3://my-bucket` is there. */
  readonly hasS3: boolean;
  run(text: string, env: Readonly<Record<string, string>>): Promise<Ran>;
  /** Waits until no run of Temporal goes on. */
  still(): Promise<void>;
  close(): Promise<void>;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const HOURS = 3;
/**
 * The docs' examples name this hour. An hour passes in six seconds until there is something to show; then the clock stands
 * still. Schedule and worker go on, over a lake that grows no more, and leave the machine to the commands.
 */
const SOURCE = { startMs: Date.parse('2023-04-20T13:00:00Z'), rate: 0.15, speed: 600, history: 1 };
export const SLOT_S = 10;
/** What the commands find: a schedule that goes on, and leaves the machine to them. */
const SETTINGS = {
  FERNLAKE_SLOT: `${SLOT_S}s`,
  FERNLAKE_POLL_MIN: '5s',
  FERNLAKE_LATENESS: '1ms',
  FERNLAKE_IDLE: '1500ms',
};
/** Until there is something to show. */
const FAST = { FERNLAKE_SLOT: '4s', FERNLAKE_POLL_MIN: '1s' };
/** What runs until it is told to stop is told so once it has said this. */
const LONG_RUNNING: readonly (readonly [command: RegExp, isUp: RegExp])[] = [
  [/fernlake up\b/, /worker {4}ready/],
  [/fernlake worker\b/, /Worker state changed[^\n]*RUNNING/],
  [/fernlake source\b/, /Ctrl-C stops it/],
  [/fernlake status .*--watch/, /sealed/],
  [/fernlake logs .*-f/, /\n/],
];
const TIMEOUT_MS = 60_000;

export async function openScene(): Promise<Scene> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-docs-'));
  const closing: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end();
  };
  try {
    const server = await startServer(closing);
    const clock = new StoppableClock();
    const source = await createSourceServer({ ...SOURCE, nowMs: () => clock.nowMs() });
    closing.push(() => source.close());
    const s3 = (await versitygw()) === undefined ? undefined : await startBucket(closing);
    const tools = await toolsIn(dir);
    const env: Record<string, string> = {
      ...SETTINGS,
      ...s3?.env,
      HOME: dir,
      PATH: `${tools}:${process.env['PATH'] ?? ''}`,
      FERNLAKE_SOURCE_URL: source.url,
      FERNLAKE_LAKE: pathToFileURL(path.join(dir, 'lake')).href,
      FERNET_KEYS: DEMO_KEY,
      TEMPORAL_ADDRESS: server.address,
    };
    await carry(dir, env, closing);
    clock.stop();
    if (s3) {
      const { code, stderr } = await fernlake(['copy', './lake', 's3://my-bucket/lake'], { cwd: dir, env });
      if (code !== 0 && code !== 1) throw new Error(`the lake cannot be copied to S3: ${stderr}`);
    }
    const typer = new Typer(dir);
    const run: Scene['run'] = (text, more) => typer.run(text, { ...env, ...more });
    return { hasS3: s3 !== undefined, run, still: () => untilStill(run), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The wall clock, until it stands still. */
class StoppableClock {
  private stoppedMs = Infinity;

  nowMs(): number {
    return Math.min(Date.now(), this.stoppedMs);
  }

  stop(): void {
    this.stoppedMs = Date.now();
  }
}

async function startServer(closing: (() => unknown)[]): Promise<DevServer> {
  const server = await startOwnServer();
  closing.push(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  await ensureSearchAttributes(connection, server.namespace);
  await connection.close();
  return server;
}

/** The docs call the bucket `my-bucket`. */
async function startBucket(closing: (() => unknown)[]): Promise<S3Server> {
  const s3 = await startS3Server();
  closing.push(() => s3.stop());
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'my-bucket' }));
  client.destroy();
  return s3;
}

/** `fernlake` and `temporal` as an installation has them; `bin/` as a checkout has it. */
async function toolsIn(dir: string): Promise<string> {
  const tools = path.join(dir, 'tools');
  mkdirSync(tools);
  symlinkSync(repoFile('bin'), path.join(dir, 'bin'));
  symlinkSync(repoFile('bin/fernlake'), path.join(tools, 'fernlake'));
  symlinkSync(await temporalCli(), path.join(tools, 'temporal'));
  mkdirSync(path.join(dir, '.config', 'fish', 'completions'), { recursive: true });
  writeFileSync(path.join(dir, 'README'), 'A folder of the tests of fernlake.\n');
  return tools;
}

/** Starts the worker and the schedule, and waits until hours are sealed. The worker goes on. */
async function carry(dir: string, env: Record<string, string>, closing: (() => unknown)[]): Promise<void> {
  mkdirSync(path.join(dir, 'lake'));
  const worker = spawnFernlake(['worker'], { cwd: dir, env });
  const said = collect(worker);
  closing.push(() => ended(worker, 'SIGKILL'));
  const apply = async (more: Readonly<Record<string, string>>): Promise<void> => {
    const { code, stderr } = await fernlake(['schedule', 'apply'], { cwd: dir, env: { ...env, ...more } });
    if (code !== 0) throw new Error(stderr);
  };
  await apply(FAST);
  const storage = await openStorage(env['FERNLAKE_LAKE'] ?? '');
  await until(
    `${HOURS} hours are sealed`,
    async () => {
      if (worker.exitCode !== null) throw new Error(said.stderr());
      return (await ledgers(storage, 'logs')).size >= HOURS;
    },
    120_000,
  );
  await apply({});
}

/**
 * Types each command as its reader does, into a shell; one that was typed before with other arguments, in this process: a
 * process takes most of a second to start.
 */
class Typer {
  private readonly typed = new Set<string>();

  constructor(private readonly cwd: string) {}

  async run(text: string, env: Readonly<Record<string, string>>): Promise<Ran> {
    const long = LONG_RUNNING.find(([command]) => command.test(text));
    if (long) return await inShell(this.cwd, `exec env ${text}`, env, long[1]);
    const words = wordsOf(text);
    if (words === undefined) return await inShell(this.cwd, text, env);
    const [, ...args] = words;
    const name = args[0] ?? '';
    if (this.typed.has(name)) return await fernlakeHere(args, { cwd: this.cwd, env });
    this.typed.add(name);
    return await inShell(this.cwd, text, env);
  }
}

/** Of a command of ours that needs nothing of a shell but its quotes and that ends by itself; undefined for any other. */
function wordsOf(text: string): string[] | undefined {
  if (!/^(bin\/)?fernlake (?!temporal\b)/.test(text)) return undefined;
  if (/[|<>;&$*`(){}\\]/.test(text.replaceAll(/"[^"$`]*"|'[^']*'/g, ''))) return undefined;
  return Array.from(text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, ...forms]) => forms.join(''));
}

async function inShell(cwd: string, text: string, env: Record<string, string>, isUp?: RegExp): Promise<Ran> {
  const child = spawn('bash', ['-c', text], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = collect(child);
  const over = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve(signal === 'SIGINT' ? 0 : code));
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  try {
    if (isUp) {
      const come = (): boolean => isUp.test(said.stdout() + said.stderr()) || child.exitCode !== null;
      await until(`\`${text}\` says ${isUp.source}`, come, TIMEOUT_MS);
      child.kill('SIGINT');
    }
    return { code: await over, stdout: said.stdout(), stderr: said.stderr() };
  } finally {
    clearTimeout(timer);
  }
}

async function untilStill(run: Scene['run']): Promise<void> {
  const query = `temporal workflow list --query "ExecutionStatus = 'Running'" --output json`;
  await until(
    'no run goes on',
    async () => (JSON.parse((await run(query, {})).stdout || '[]') as unknown[]).length === 0,
    60_000,
  );
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve) && child.kill(signal));
}
