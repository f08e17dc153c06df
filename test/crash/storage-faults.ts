import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { FernlakeError } from '../../src/errors.js';
import type { Storage } from '../../src/storage/port.js';
import { type Stage, startWorker } from './campaign.js';
import type { Moment } from './points.js';
import { play, type Scene } from './scene.js';

/** Longer than the first retries, so that some of them fail, too. */
const REFUSES_MS = 1_500;
const DISK_MIB = 2;

/** From the moment on storage refuses everything for a while. */
export async function refused(stage: Stage, scene: Scene, moment: Moment): Promise<string[]> {
  let isArmed = false;
  let untilMs: number | undefined;
  let met = 0;
  const busy = (): void => {
    if (!isArmed) return;
    // From the first refusal on: on a loaded machine the moment itself may lie seconds before the next request.
    untilMs ??= performance.now() + REFUSES_MS;
    if (performance.now() >= untilMs) return;
    met += 1;
    throw new FernlakeError('StorageBusy', 'transient', 'the store asks for patience (503 SlowDown)');
  };
  const once = atFirst(moment, () => (isArmed = true));
  const stop = await startWorker(stage, scene, once, (deps) => ({
    ...deps,
    storage: guarded(deps.storage, busy),
  }));
  try {
    await play(stage.client, scene);
    return met > 0 ? [] : ['storage was never asked while it refused'];
  } finally {
    await stop();
  }
}

/** The lake on a disk of its own of 2 MiB; false where this system lets us mount none. */
export function mountSmallDisk(folder: string): boolean {
  try {
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** At the moment somebody fills the disk to its last byte; a while later there is room again. */
export async function diskFull(stage: Stage, scene: Scene, moment: Moment): Promise<string[]> {
  const mounted = mountSmallDisk(scene.lakeDir);
  if (!mounted) console.warn(`no small disk can be mounted here: ENOSPC is thrown in its place (${moment})`);
  let isFull = false;
  let untilMs: number | undefined;
  let met = 0;
  const full = (): void => {
    if (mounted || !isFull) return;
    untilMs ??= performance.now() + REFUSES_MS;
    if (performance.now() >= untilMs) return;
    throw new FernlakeError('StorageFull', 'transient', 'no space left (ENOSPC, thrown by the test)');
  };
  const filler = path.join(scene.lakeDir, 'filler');
  const note = (deps: ActivityDeps): ActivityDeps => ({
    ...deps,
    storage: guarded(deps.storage, full, (error) => {
      if (!(error instanceof FernlakeError && error.code === 'StorageFull')) return;
      met += 1;
      // From the first failure on: on a loaded machine the moment itself may lie seconds before the next write.
      if (met === 1) setTimeout(() => rmSync(filler, { force: true }), REFUSES_MS);
    }),
  });
  const fill = atFirst(moment, () => {
    isFull = true;
    if (mounted) fillDisk(filler);
  });
  const stop = await startWorker(stage, scene, fill, note);
  try {
    await play(stage.client, scene);
    return met > 0 ? [] : ['nothing was written while the disk was full'];
  } finally {
    await stop();
  }
}

export function unmount(folder: string): void {
  try {
    execFileSync('umount', [folder], { stdio: 'ignore' });
  } catch {
    // It was never mounted.
  }
}

function fillDisk(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (let size = 65_536; size >= 1;) {
      try {
        writeSync(fd, Buffer.alloc(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(fd);
  }
}

export function atFirst(moment: Moment, act: () => void): (reached: Moment) => void {
  let come = false;
  return (reached) => {
    if (come || reached !== moment) return;
    come = true;
    act();
  };
}

/** `check` may throw before each call; `failed` hears what the storage itself throws. */
function guarded(
  storage: Storage,
  check: () => void,
  failed: (error: unknown) => void = () => undefined,
): Storage {
  const around = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      check();
      return await act();
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return {
    uri: storage.uri,
    get: (key, bytesMax) => around(() => storage.get(key, bytesMax)),
    open: (key) => storage.open(key),
    head: (key) => around(() => storage.head(key)),
    async *list(prefix, options) {
      check();
      yield* storage.list(prefix, options);
    },
    async *keys(prefix, options) {
      check();
      yield* storage.keys(prefix, options);
    },
    put: (key, body, condition) => around(() => storage.put(key, body, condition)),
    delete: (keys) => around(() => storage.delete(keys)),
  };
}
