import { appendFileSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** What a test file took, as .ci/reporter.cjs reads it: a line of JSON each. */
export interface FileCost {
  readonly file: string;
  /** Of this process, and of its children that have ended. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Clock ticks a second in /proc: 100 on every Linux of today (proc(5), sysconf). */
const TICKS_PER_SECOND = 100;

let before = { cpuMs: 0, wallMs: performance.timeOrigin };

/** Appends what has passed since the file before, or since the process began, loading included. */
export function noteCost(file: string, target: string): void {
  const now = { cpuMs: cpuMs(), wallMs: Date.now() };
  const cost: FileCost = { file, cpuMs: now.cpuMs - before.cpuMs, wallMs: now.wallMs - before.wallMs };
  before = now;
  appendFileSync(target, `${JSON.stringify(cost)}\n`);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + childrenMs();
}

function childrenMs(): number {
  if (os.platform() !== 'linux') return 0;
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]); // cutime and cstime, the 16th and 17th of all
  return (ticks * 1_000) / TICKS_PER_SECOND;
}
