import { setTimeout as sleep } from 'node:timers/promises';
import type { Activities } from '../../src/activities/index.js';
import { type Stage, startWorker } from './campaign.js';
import { play, type Scene } from './scene.js';

/**
 * Every task is done by two workers at once, as when the server gives up one that still lives: both write, the second one's
 * answer counts. `behindMs`: by how much the second comes later.
 */
export async function raced(stage: Stage, scene: Scene, behindMs: number): Promise<string[]> {
  let done = 0;
  const twice = (activities: Activities): Activities =>
    Object.fromEntries(
      Object.entries(activities).map(([name, run]: [string, (input: never) => Promise<unknown>]) => [
        name,
        async (input: never): Promise<unknown> => {
          const first = run(input).catch(() => undefined);
          if (behindMs > 0) await sleep(behindMs);
          const second = await run(input).finally(() => first);
          done += 1;
          return second;
        },
      ]),
    ) as unknown as Activities;
  const stop = await startWorker(stage, scene, undefined, undefined, twice);
  try {
    await play(stage.client, scene);
    return done > 0 ? [] : ['nothing was done twice'];
  } finally {
    await stop();
  }
}
