import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN_MARKER } from '../support/leaks.js';
import { until } from '../support/until.js';
import { type Stage, startWorker } from './campaign.js';
import type { Moment } from './points.js';
import { play, type Scene } from './scene.js';
import type { CrashPlan } from './worker-under-test.js';

const START_MS_MAX = 120_000;

interface Doomed {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly markFile: string;
}

function startDoomed(
  stage: Stage,
  scene: Scene,
  moment: Moment,
  nth: number,
  signal: CrashPlan['signal'],
): Doomed {
  const markFile = path.join(path.dirname(scene.lakeDir), 'mark');
  const plan: CrashPlan = {
    address: stage.address,
    taskQueue: scene.name,
    lake: scene.lake,
    keyFile: scene.keyFile,
    sourceUrl: scene.sourceUrl,
    codePath: stage.codePath,
    markFile,
    moment,
    nth,
    signal,
  };
  const { PATH = '', HOME = '', [RUN_MARKER]: marker = '' } = process.env;
  const entry = fileURLToPath(new URL('./worker-under-test.js', import.meta.url));
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH,
      HOME,
      [RUN_MARKER]: marker,
      ...stage.place.env,
      FERNLAKE_CRASH_PLAN: JSON.stringify(plan),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { child, exited: once(child, 'exit'), markFile };
}

/** `kill -9` of the worker's process at the moment; another worker takes over once it is dead. */
export async function killed(stage: Stage, scene: Scene, moment: Moment, nth: number): Promise<string[]> {
  const doomed = startDoomed(stage, scene, moment, nth, 'SIGKILL');
  let stop: (() => Promise<void>) | undefined;
  const taken = doomed.exited.then(async ([, signal]) => {
    stop = await startWorker(stage, scene);
    return signal === 'SIGKILL' && existsSync(doomed.markFile)
      ? []
      : [`it ended with ${String(signal)}, not at the moment`];
  });
  try {
    await play(stage.client, scene);
    // It may die behind the last act: nobody waits for a sweep that was the last thing to do.
    return await within(taken, doomed);
  } finally {
    doomed.child.kill('SIGKILL');
    await taken.catch(() => undefined);
    await stop?.();
  }
}

async function within(taken: Promise<string[]>, doomed: Doomed): Promise<string[]> {
  const late = until('the worker is dead', () => doomed.child.signalCode !== null, 5_000).then(() => taken);
  return await late.catch(() => ['the moment never came']);
}

/**
 * The worker stands still at the moment (SIGSTOP) for as long as the server needs to give its work to another one, which ends
 * the act; then it goes on where it was, writes what it was about to write, and the two of them share what is left.
 */
export async function stoodStill(stage: Stage, scene: Scene, moment: Moment, nth: number): Promise<string[]> {
  const doomed = startDoomed(stage, scene, moment, nth, 'SIGSTOP');
  let stop: (() => Promise<void>) | undefined;
  let awake = false;
  try {
    const second = until('the worker stands still', () => existsSync(doomed.markFile), START_MS_MAX).then(
      async () => {
        stop = await startWorker(stage, scene);
      },
    );
    await play(stage.client, scene, async () => {
      if (stop === undefined || awake) return;
      awake = true;
      doomed.child.kill('SIGCONT');
    });
    await second;
    return awake ? [] : ['it was never woken'];
  } finally {
    doomed.child.kill('SIGCONT');
    // Time for its last write, then it goes.
    await new Promise((resolve) => setTimeout(resolve, 500));
    doomed.child.kill('SIGKILL');
    await doomed.exited;
    await stop?.();
  }
}
