import { spawn } from 'node:child_process';
import { finished } from 'node:stream/promises';
import { childEnvironment } from '../config/children.js';
import { exitOf, guard } from './processes.js';

const PROGRESS_EVERY_MS = 30_000;
const TAIL_CHARACTERS = 2_000;

export interface GoInstall {
  /** Path of the `go` command. */
  readonly go: string;
  /** `module/path/cmd/name@version` */
  readonly goPackage: string;
  /** An existing folder for the binary. */
  readonly binDir: string;
  readonly log: (message: string) => void;
}

/** `go install`, with a line of progress every 30 s. Throws an Error with the end of what Go said. */
export async function goInstall({ go, goPackage, binDir, log }: GoInstall): Promise<void> {
  const startedMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
  const child = spawn(go, ['install', '-trimpath', '-ldflags=-s -w', goPackage], {
    env: childEnvironment('fetching', { GOBIN: binDir }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-TAIL_CHARACTERS)));
  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  const progress = setInterval(() => log(`… still building, ${elapsed()} so far.`), PROGRESS_EVERY_MS);
  const exit = await exitOf(child);
  await finished(child.stderr).catch(() => undefined);
  clearInterval(progress);
  await guardian?.dismiss();
  if (exit.code !== 0) throw new Error(`go install ${goPackage} failed after ${elapsed()}: ${said.trim()}`);
  log(`Built it in ${elapsed()}.`);
}
