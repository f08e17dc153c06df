import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../src/activities/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { quietLog } from '../support/quiet-log.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { type AnswerServer, startAnswers } from './answers.js';
import { auditFindings, differences, type Outcome, outcomeOf } from './checks.js';
import type { LakePlace } from './place.js';
import { activitiesWithMoments, type Moment, type Reach } from './points.js';
import { unmount } from './storage-faults.js';
import { depsOf, openScene, play, runReprocess, type Scene } from './scene.js';
import { bundleCampaign, createCampaignWorker } from './worker.js';

/** Where plays are given: a server, the bundled workflows, and what an undisturbed play comes to. */
export interface Stage {
  readonly client: Client;
  readonly address: string;
  readonly connection: NativeConnection;
  readonly answers: AnswerServer;
  readonly code: string;
  readonly codePath: string;
  readonly place: LakePlace;
}

export async function openStage(place: LakePlace): Promise<Stage & { close(): Promise<void> }> {
  quietLog();
  const { client, address, nativeConnection } = await sharedTemporal();
  const answers = await startAnswers();
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-crash-bundle-'));
  const code = await bundleCampaign();
  const codePath = path.join(dir, 'workflows.js');
  writeFileSync(codePath, code);
  const close = async (): Promise<void> => {
    await answers.close();
    rmSync(dir, { recursive: true, force: true });
  };
  const connection = await nativeConnection();
  return { client, address, connection, answers, code, codePath, place, close };
}

/** A worker in this process; resolves to what stops it. */
export async function startWorker(
  { connection, code }: Pick<Stage, 'connection' | 'code'>,
  scene: Scene,
  reach: Reach = () => undefined,
  change: (deps: ActivityDeps) => ActivityDeps = (deps) => deps,
  wrap: (activities: Activities) => Activities = (activities) => activities,
): Promise<() => Promise<void>> {
  const worker = await createCampaignWorker({
    connection,
    taskQueue: scene.name,
    bundle: { code },
    lake: scene.lake,
    activities: wrap(activitiesWithMoments(change(await depsOf(scene)), reach)),
  });
  const ended = worker.run();
  return async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  };
}

/** Every moment of an undisturbed play, with how often it comes, and what the play comes to. */
export async function rehearse(stage: Stage): Promise<{ moments: Map<Moment, number>; outcome: Outcome }> {
  const scene = openScene(stage.answers, stage.place);
  const moments = new Map<Moment, number>();
  const stop = await startWorker(
    stage,
    scene,
    (moment) => void moments.set(moment, (moments.get(moment) ?? 0) + 1),
  );
  try {
    await play(stage.client, scene);
    const left = await stage.place.leftovers(scene);
    const found = [...(await auditFindings(scene)), ...left.map((what) => `left over: ${what}`)];
    if (found.length > 0) throw new Error(`the undisturbed play is not clean: ${found.join('; ')}`);
    return { moments, outcome: await outcomeOf(scene) };
  } finally {
    await stop();
    scene.remove();
  }
}

export interface Verdict {
  readonly fault: string;
  /** Empty: the lake is as if nothing had happened. */
  readonly faults: readonly string[];
  /** Objects that the dead left, and that were gone once a day had passed. */
  readonly aged: number;
  readonly seconds: number;
}

/** Gives a play with a fault in it, and says what became of the lake. */
export async function disturbed(
  stage: Stage,
  fault: string,
  expected: Outcome,
  perform: (scene: Scene) => Promise<readonly string[]>,
): Promise<Verdict> {
  const startedMs = performance.now();
  const scene = openScene(stage.answers, stage.place);
  const verdict = (faults: readonly string[], aged: number): Verdict => ({
    fault,
    faults,
    aged,
    seconds: (performance.now() - startedMs) / 1000,
  });
  try {
    const found = [...(await perform(scene))];
    found.push(...differences(expected, await outcomeOf(scene)));
    const left = await stage.place.leftovers(scene);
    if (left.length > 0) found.push(...(await tidy(stage, scene, left, expected)));
    found.push(...(await auditFindings(scene)));
    return verdict(found, left.length);
  } catch (error) {
    return verdict([error instanceof Error ? error.message : String(error)], 0);
  } finally {
    unmount(scene.lakeDir);
    scene.remove();
  }
}

/** A day later the next run comes by: nothing may be left of the dead, and no byte may change. */
async function tidy(
  stage: Stage,
  scene: Scene,
  left: readonly string[],
  expected: Outcome,
): Promise<string[]> {
  await stage.place.age(scene, left);
  const stop = await startWorker(stage, scene);
  try {
    await runReprocess(stage.client, scene, 'rebuild', 'a-day-later');
  } finally {
    await stop();
  }
  return [
    ...differences(expected, await outcomeOf(scene)).map((what) => `a day later: ${what}`),
    ...(await stage.place.leftovers(scene)).map((what) => `left for good: ${path.basename(what)}`),
  ];
}
