import type { Fate } from '../support/s3-proxy.js';
import { type Stage, startWorker } from './campaign.js';
import type { Moment } from './points.js';
import type { S3Place } from './s3-place.js';
import { play, type Scene } from './scene.js';
import { atFirst } from './storage-faults.js';

/** Longer than the SDK's own three tries and Temporal's first ones. */
const BUSY_MS = 1_500;
const SLOW_DOWN: Fate = { kind: 'answer', status: 503, code: 'SlowDown' };

/** From the moment on the server answers 503 to everything for a while. */
export async function busyServer(
  place: S3Place,
  stage: Stage,
  scene: Scene,
  moment: Moment,
): Promise<string[]> {
  return await withFate(place, stage, scene, moment, (sinceMs) =>
    sinceMs < BUSY_MS ? SLOW_DOWN : undefined,
  );
}

/**
 * The next write after the moment lands, and nobody hears of it: its answer is lost, and the server is busy for a while, so
 * that neither the SDK's next try nor a look at the object tells what became of it.
 */
export async function lostAnswer(
  place: S3Place,
  stage: Stage,
  scene: Scene,
  moment: Moment,
): Promise<string[]> {
  let lost = false;
  return await withFate(place, stage, scene, moment, (sinceMs, request) => {
    if (lost) return sinceMs < BUSY_MS ? SLOW_DOWN : undefined;
    if (!request.startsWith('PUT ')) return undefined;
    lost = true;
    return { kind: 'break', forwarded: true };
  });
}

async function withFate(
  place: S3Place,
  stage: Stage,
  scene: Scene,
  moment: Moment,
  fate: (sinceMs: number, request: string) => Fate | undefined,
): Promise<string[]> {
  let isArmed = false;
  let fromMs: number | undefined;
  let met = 0;
  place.decide(scene.name, (request) => {
    // From the first request on: on a loaded machine the moment itself may lie seconds before it.
    if (isArmed) fromMs ??= performance.now();
    const decided = fromMs === undefined ? undefined : fate(performance.now() - fromMs, request);
    if (decided !== undefined) met += 1;
    return decided;
  });
  const once = atFirst(moment, () => (isArmed = true));
  const stop = await startWorker(stage, scene, once);
  try {
    await play(stage.client, scene);
    return met > 0 ? [] : ['nothing was asked of the server while it misbehaved'];
  } finally {
    await stop();
  }
}
