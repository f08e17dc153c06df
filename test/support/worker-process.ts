import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { RUN_MARKER } from './leaks.js';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
/** Bundling the workflows takes a second, or many on a machine with much else to do. */
const READY_MS_MAX = 90_000;

/** A real worker, `bin/fernlake worker`, in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** All that it has written so far, its log among it. */
  output(): string;
  /** `kill -9`: it gets no chance to finish or to say anything. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code once it has drained. */
  stop(): Promise<number | null>;
}

/** Resolves when it polls. It gets `env` and nothing of ours but PATH, HOME and the mark by which leaks are found. `bin`: of another installation. */
export async function startWorkerProcess(
  env: Readonly<Record<string, string>>,
  bin = path.join(root, 'bin', 'fernlake'),
): Promise<WorkerProcess> {
  const { PATH = '', HOME = '', [RUN_MARKER]: marker = '' } = process.env;
  const child = spawn(process.execPath, [bin, 'worker'], {
    cwd: root,
    env: { PATH, HOME, [RUN_MARKER]: marker, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the worker is not ready:\n${output}`)), READY_MS_MAX);
    const take = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (!/Worker state changed[^\n]*RUNNING/.test(output)) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`the worker ended with ${code}:\n${output}`));
    });
  }).catch(async (error: unknown) => {
    await end(child, 'SIGKILL', exited);
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    kill: async () => void (await end(child, 'SIGKILL', exited)),
    stop: () => end(child, 'SIGTERM', exited),
  };
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  exited: Promise<unknown>,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}
