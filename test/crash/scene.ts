import { randomBytes, randomUUID } from 'node:crypto';
import { LOG_FORM } from '../support/forms.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import type { Hour } from '../../src/dataset/hour.js';
import { keyRingOf } from '../../src/process/key-ring.js';
import { encodeLake, LAKE_KEY, type LakeName } from '../../src/lake/identity.js';
import { readLakeName } from '../../src/lake/stored-identity.js';
import { diarySource } from '../support/diary-source.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { isFernlakeError } from '../../src/errors.js';
import { CODE } from '../../src/config/version.js';
import type { EtlSettings, ReprocessInput } from '../../src/workflows/messages.js';
import { type AnswerServer, firstAnswer, LATER_KEY, secondAnswer } from './answers.js';
import type { LakePlace } from './place.js';

/** One lake with its own task queue and source: the same play on every one, so that their bytes must be the same. */
export interface Scene {
  readonly name: string;
  /** Where its lake is, if it is a folder. */
  readonly lakeDir: string;
  /** Known before anything is written there: runs name it, and workers compare. */
  readonly lake: LakeName;
  readonly keyFile: string;
  readonly sourceUrl: string;
  readonly answers: AnswerServer;
  remove(): void;
}

const HOURS = ['2023-05-01T10', '2023-05-01T11', '2023-05-01T12'] as Hour[];
/** Longer than any test: a run polls once, carries what it got, and ends. */
const ONE_POLL_MS = 1_000 * 86_400_000;
const TASK_MS = 2_000;

export function openScene(answers: AnswerServer, place: LakePlace): Scene {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-crash-'));
  const name = `crash${randomBytes(5).toString('hex')}`;
  const keyFile = path.join(dir, 'keys.txt');
  writeFileSync(keyFile, DEMO_KEY);
  const lakeDir = path.join(dir, 'lake');
  return {
    name,
    lakeDir,
    lake: { id: randomUUID(), uri: place.uriOf({ name, lakeDir }) },
    keyFile,
    sourceUrl: answers.url(name),
    answers,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** What a worker of the scene works with, in whatever process it runs. */
export async function depsOf(scene: Pick<Scene, 'lake' | 'keyFile' | 'sourceUrl'>): Promise<ActivityDeps> {
  const storage = await openStorage(scene.lake.uri, { forcePathStyle: true });
  await claim(storage, scene.lake);
  return {
    storage,
    source: diarySource({ url: scene.sourceUrl }),
    keyRing: keyRingOf({ kind: 'file', path: scene.keyFile }),
    form: LOG_FORM,
    code: CODE,
  };
}

async function claim(storage: Storage, { id }: LakeName): Promise<void> {
  if (await readLakeName(storage)) return;
  await storage.put(LAKE_KEY, encodeLake(id), { kind: 'absent' }).catch((error: unknown) => {
    // Two workers of one scene start at once: the other one was first.
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  });
}

/**
 * The play: two runs of `etl` (the second brings a latecomer for a sealed hour, an id with other content, and a hole), a
 * redrive once a key has come, and a reprocessing of everything. `between` is called behind each of the four acts.
 */
export async function play(
  client: Client,
  scene: Scene,
  between: () => Promise<void> = async () => {},
): Promise<void> {
  scene.answers.show(scene.name, firstAnswer());
  await runEtl(client, scene, 'first');
  await between();
  scene.answers.show(scene.name, secondAnswer());
  await runEtl(client, scene, 'second');
  await between();
  writeFileSync(scene.keyFile, `${DEMO_KEY}\n${LATER_KEY}\n`);
  await runReprocess(client, scene, 'redrive', 'redrive');
  await between();
  await runReprocess(client, scene, 'rebuild', 'rebuild');
  await between();
}

export async function runEtl(client: Client, scene: Scene, name: string): Promise<void> {
  const settings: EtlSettings = {
    dataset: scene.name,
    lake: scene.lake,
    slotMs: ONE_POLL_MS,
    pollMinMs: ONE_POLL_MS,
    pollMaxMs: ONE_POLL_MS,
    pollMode: 'paced',
    contiguousIds: true,
    latenessMs: 1,
    idleMs: 100,
  };
  await client.workflow.execute('etl', {
    workflowId: `${scene.name}-etl-${name}`,
    taskQueue: scene.name,
    args: [settings],
    workflowTaskTimeout: TASK_MS,
  });
  await untilSealed(client, scene);
}

export async function runReprocess(
  client: Client,
  scene: Scene,
  mode: ReprocessInput['mode'],
  name: string,
): Promise<void> {
  const input: ReprocessInput = {
    dataset: scene.name,
    lake: scene.lake,
    mode,
    from: null,
    to: null,
    latenessMs: 1,
    idleMs: 100,
    contiguousIds: true,
  };
  await client.workflow.execute('reprocess', {
    workflowId: `${scene.name}-reprocess-${name}`,
    taskQueue: scene.name,
    args: [input],
    workflowTaskTimeout: TASK_MS,
  });
  await untilSealed(client, scene);
}

/** No seal runs any more: looked at twice, since one that ends may have started another just before. */
async function untilSealed(client: Client, scene: Scene): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    const states = await Promise.all(
      HOURS.map((hour) => stateOf(client, `fernlake-${scene.name}-seal-${hour}`)),
    );
    const bad = states.find((state) => !['RUNNING', 'COMPLETED', 'NONE'].includes(state));
    if (bad !== undefined) throw new Error(`${scene.name}: a seal is ${bad}`);
    quiet = states.includes('RUNNING') ? 0 : quiet + 1;
    await sleep(200);
  }
}

async function stateOf(client: Client, workflowId: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'NONE';
    throw error;
  }
}
