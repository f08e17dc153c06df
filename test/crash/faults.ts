import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
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

/** `nth`: at the nth time that the moment comes, counted from 1. */
export type Death = readonly [moment: Moment, nth: number];

/**
 * `kill -9` of the worker's process at the first moment; another one takes over once it is dead, and dies at the next. Behind the last
 * death comes a worker that lives.
 */
export async function killed(stage: Stage, scene: Scene, deaths: readonly Death[]): Promise<string[]> {
  let doomed: Doomed | undefined;
  let stop: (() => Promise<void>) | undefined;
  let isOver = false;
  const dying = (async () => {
    for (const [moment, nth] of deaths) {
      doomed = startDoomed(stage, scene, moment, nth, 'SIGKILL');
      const [, signal] = await doomed.exited;
      if (isOver) return [`${moment} never came`];
      if (signal !== 'SIGKILL' || !existsSync(doomed.markFile))
        return [`it ended with ${String(signal)}, not at ${moment}`];
      rmSync(doomed.markFile);
    }
    return [];
  })();
  const taken = dying.finally(async () => (stop = await startWorker(stage, scene)));
  try {
    await play(stage.client, scene);
    // It may die behind the last act: nobody waits for a sweep that was the last thing to do.
    await until('the last death', () => stop !== undefined, 5_000).catch(() => undefined);
    isOver = true;
    doomed?.child.kill('SIGKILL');
    return await taken;
  } finally {
    isOver = true;
    doomed?.child.kill('SIGKILL');
    await taken.catch(() => undefined);
    await stop?.();
  }
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
