import { execFileSync } from 'node:child_process';
import os from 'node:os';
import type { Machine } from './bench.js';

/** Above this share of the cores something else is running, and the figures are not to be trusted. */
const QUIET_SHARE = 0.3;

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
    quiet: load <= cores * QUIET_SHARE,
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
