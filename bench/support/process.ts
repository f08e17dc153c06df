import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { endChild, exitOf, guard } from '../../src/embedded/processes.js';

/** The root of the checkout; this file runs from dist/bench/support. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const GRACE_MS = 5_000;
const TAIL_CHARACTERS = 4_000;
/** Kernel clock ticks a second in /proc; 100 on every Linux that runs Node. */
const TICKS = 100;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The exit code may be another than 0. */
  readonly mayFail?: boolean;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly seconds: number;
  /** Of the process and all that it waited for. */
  readonly cpuSeconds: number;
}

const running = new Set<ChildProcess>();

/** Ends what `run` has started and what still runs, for an end before its time. */
export async function endRunning(): Promise<void> {
  await Promise.all([...running].map((child) => endChild(child, GRACE_MS)));
}

/**
 * Runs a command to its end, in a shell whose `times` tells what it cost. It ends with us, however we end.
 * Throws an Error with the end of what it said when it fails or takes longer than `timeoutMs`.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd = ROOT, env = {}, timeoutMs = 1_800_000, mayFail = false } = options;
  const startMs = performance.now();
  // The shell's own output goes to a third channel, so that the command may write to both of its own.
  const child = spawn('/bin/sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'bench', command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const group = child.pid ?? 0;
  running.add(child);
  const guardian = group === 0 ? undefined : guard(-group); // the whole group
  const endGroup = (): void => {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const late = setTimeout(endGroup, timeoutMs);
  const said = [1, 2, 3].map((fd) => collect(child.stdio[fd] as NodeJS.ReadableStream));
  const { code } = await exitOf(child);
  clearTimeout(late);
  running.delete(child);
  endGroup();
  const [stdout = '', stderr = '', times = ''] = await Promise.all(said);
  await guardian?.dismiss();
  const seconds = (performance.now() - startMs) / 1_000;
  if (code !== 0 && !mayFail) {
    const why = code === null ? `was ended after ${seconds.toFixed(0)} s` : `ended with ${code}`;
    throw new Error(
      `${[command, ...args].join(' ')} ${why}: ${(stderr + stdout).trim().slice(-TAIL_CHARACTERS)}`,
    );
  }
  return { stdout, stderr, code, seconds, cpuSeconds: childSeconds(times) };
}

/** The last line of `times`: user and system time of the children, as `0m1.234s 0m0.567s`. */
function childSeconds(times: string): number {
  const last = times.trim().split('\n').at(-1) ?? '';
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk as string;
  return text;
}

/** User and system time that a process has taken so far, all its threads included. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory that a process has held so far, in MB (1,000,000 B). */
export const peakMemoryMb = (pid: number): number => statusMb(pid, 'VmHWM');
export const memoryMb = (pid: number): number => statusMb(pid, 'VmRSS');

function statusMb(pid: number, field: string): number {
  const kib = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1_024) / 1e6;
}
