import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './bench.js';

/** Above this share of the cores something else is running, and the figures are not to be trusted. */
const QUIET_SHARE = 0.3;

/** Kernel clock ticks a second in /proc; 100 on every Linux that runs Node. */
const TICKS = 100;

/** A one-minute average still holds what ended just now. */
const CALM_MAX_MS = 3 * 60_000;

/** Waits until nothing else seems to run, so that a bench is not called noisy for the one before it; not for ever. */
export async function calm(): Promise<void> {
  const untilMs = Date.now() + CALM_MAX_MS;
  while (!isQuiet() && Date.now() < untilMs) await sleep(5_000);
}

const isQuiet = (): boolean => (os.loadavg()[0] ?? 0) <= os.availableParallelism() * QUIET_SHARE;

/** Where `stolenSince` counts from. Undefined where the system does not tell. */
export function processorTimes(): ProcessorTimes | undefined {
  try {
    // proc(5): user nice system idle iowait irq softirq steal
    const ticks = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
    const all = ticks.slice(0, 8).reduce((sum, n) => sum + n, 0);
    const [idle = 0, waiting = 0] = ticks.slice(3, 5);
    return { wanted: all - idle - waiting, stolen: ticks[7] ?? 0 };
  } catch {
    return undefined;
  }
}

interface ProcessorTimes {
  /** Time in which something here wanted a processor. */
  readonly wanted: number;
  /** And did not have it: the hypervisor ran somebody else's. */
  readonly stolen: number;
}

/** The share, in percent, of the wanted time that another machine on the same hardware took. */
export function stolenSince(start: ProcessorTimes | undefined): { stolenPercent?: number } {
  const end = processorTimes();
  if (!start || !end || end.wanted <= start.wanted) return {};
  const share = (end.stolen - start.stolen) / (end.wanted - start.wanted);
  return { stolenPercent: Number((share * 100).toFixed(1)) };
}

/** How many cores were busy since then, on average, whoever kept them so; NaN where the system does not tell. */
export function busyCoresSince(start: ProcessorTimes | undefined, seconds: number): number {
  const end = processorTimes();
  return start && end ? (end.wanted - start.wanted) / TICKS / seconds : Number.NaN;
}

export function describeMachine(): Machine {
  const cores = os.availableParallelism();
  const load = Number((os.loadavg()[0] ?? 0).toFixed(2));
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    python: versionOf('python3', ['--version'], /Python (\S+)/),
    go: versionOf('go', ['version'], /go(\d\S*)/),
    load,
    quiet: isQuiet(),
  };
}

export function currentCommit(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // What a run itself writes does not make the code another one.
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'examples', 'package-lock.json')
      .split('\n')
      .filter((line) => line !== '' && !/bench\/(results\/|RESULTS)/.test(line));
    return git('rev-parse', '--short=10', 'HEAD') + (changed.length > 0 ? ' and uncommitted changes' : '');
  } catch {
    return 'unknown';
  }
}

function versionOf(command: string, args: readonly string[], pattern: RegExp): string {
  try {
    const said = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return pattern.exec(said)?.[1] ?? 'unknown';
  } catch {
    return 'none';
  }
}
