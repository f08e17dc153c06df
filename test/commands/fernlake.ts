import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { runCommand } from '../../src/commands/run-command.js';
import { RUN_MARKER } from '../support/leaks.js';
import { withOwn } from './in-process.js';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
export const BIN = path.join(root, 'bin', 'fernlake');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Without a `.env` file, or a test reads the developer's. */
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  /** For a terminal of this width; not for a process of its own. */
  readonly columns?: number;
}

/** What every command gets of ours, be it a process or not: no setting of this machine. */
const keptEnv = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'XDG_CACHE_HOME', 'TMPDIR', RUN_MARKER].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** `bin/fernlake` as a process of its own. */
export function spawnFernlake(args: readonly string[], { env = {}, cwd }: RunOptions): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...keptEnv(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs `bin/fernlake` as a process to its end. A process takes most of a second to start: one a command, as a smoke test. */
export async function fernlakeProcess(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawnFernlake(args, options);
  const output = collect(child);
  child.stdin?.on('error', () => undefined); // it may end without having read
  child.stdin?.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, stdout: output.stdout(), stderr: output.stderr() };
}

/** What the process has said so far. */
export function collect(child: ChildProcess): { stdout: () => string; stderr: () => string } {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  return { stdout: () => said.stdout, stderr: () => said.stderr };
}

/** Of these the first two start Temporal's runtime, of which a process has one for good; the third hands its output to a child. */
const OWN_PROCESS = new Set(['up', 'worker', 'temporal']);

/** Runs `fernlake` to its end: in this process, but for commands that need one of their own. */
export async function fernlake(args: readonly string[], options: RunOptions): Promise<Outcome> {
  return OWN_PROCESS.has(args[0] ?? '') ? fernlakeProcess(args, options) : fernlakeHere(args, options);
}

/** Runs `fernlake` in this process, as src/cli.ts does: the same parser, the same commands, the same exit code. */
export async function fernlakeHere(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { result, stdout, stderr } = await withOwn(
    { ...options, env: { ...keptEnv(), ...options.env } },
    () => runCommand(args),
  );
  return { code: result, stdout, stderr };
}
