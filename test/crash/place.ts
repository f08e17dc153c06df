import { readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scene } from './scene.js';

/** Where the lakes of a campaign's plays are: in folders, or on an S3 server. */
export interface LakePlace {
  readonly kind: 'folder' | 'S3';
  /** Of a scene's lake, which is empty at first. */
  uriOf(scene: Pick<Scene, 'name' | 'lakeDir'>): string;
  /** What a worker's process needs besides, to get there. */
  readonly env: Readonly<Record<string, string>>;
  /** What a finished lake does not hold: scratch, segments, temporary files, unfinished uploads. */
  leftovers(scene: Scene): Promise<string[]>;
  /** As if a day had passed: then scratch of the dead is anybody's to remove. */
  age(scene: Scene, left: readonly string[]): Promise<void>;
}

export const DAY_AND_MORE_MS = 25 * 3_600_000;

export const FOLDERS: LakePlace = {
  kind: 'folder',
  env: {},
  uriOf: ({ lakeDir }) => pathToFileURL(lakeDir).href,
  leftovers: ({ lakeDir }) =>
    Promise.resolve(['staging', 'segments', '.tmp'].flatMap((top) => filesUnder(path.join(lakeDir, top)))),
  age: (_scene, left) => {
    const then = new Date(Date.now() - DAY_AND_MORE_MS);
    for (const file of left) utimesSync(file, then, then);
    return Promise.resolve();
  },
};

function filesUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
