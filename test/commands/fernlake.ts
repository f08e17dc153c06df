import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { RUN_MARKER } from '../support/leaks.js';

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
}

/** `bin/fernlake` as a process of its own, with no setting of this machine in its environment. */
export function spawnFernlake(args: readonly string[], { env = {}, cwd }: RunOptions): ChildProcess {
  const kept = Object.fromEntries(
    ['PATH', 'HOME', 'XDG_CACHE_HOME', 'TMPDIR', RUN_MARKER].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...kept, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs it to its end. */
export async function fernlake(args: readonly string[], options: RunOptions): Promise<Outcome> {
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
