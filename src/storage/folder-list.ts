import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, folderError } from './folder-errors.js';

import type { ObjectInfo } from './port.js';
import { infoOf } from './folder-info.js';
import { compareKeys, SCRATCH } from './key.js';

/** Keys in order, folder by folder; what lies wholly before `startAfter` or outside `prefix` is not even opened. */
export async function* listFolder(
  root: string,
  prefix: string,
  startAfter: string,
): AsyncGenerator<ObjectInfo> {
  yield* walk(root, '', prefix, startAfter);
}

async function* walk(
  root: string,
  at: string,
  prefix: string,
  startAfter: string,
): AsyncGenerator<ObjectInfo> {
  for (const { key, isFolder } of await namesIn(root, at)) {
    if (at === '' && key === `${SCRATCH}/`) continue;
    if (isFolder) {
      const overlaps = key.startsWith(prefix) || prefix.startsWith(key);
      // A folder's keys all begin with its own: once that lies before startAfter and is no part of it, so do they.
      const before = compareKeys(key, startAfter) < 0 && !startAfter.startsWith(key);
      if (overlaps && !before) yield* walk(root, key, prefix, startAfter);
    } else if (key.startsWith(prefix) && compareKeys(key, startAfter) > 0) {
      const info = await stat(join(root, key), { bigint: true }).catch((error: unknown) => {
        // Deleted since the folder was read.
        if (codeOf(error) === 'ENOENT') return undefined;
        throw folderError(error, 'list', key, root);
      });
      if (info) yield infoOf(key, info);
    }
  }
}

async function namesIn(root: string, at: string): Promise<{ key: string; isFolder: boolean }[]> {
  try {
    const entries = await readdir(join(root, at), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => ({
        key: `${at}${entry.name}${entry.isDirectory() ? '/' : ''}`,
        isFolder: entry.isDirectory(),
      }))
      .sort((a, b) => compareKeys(a.key, b.key));
  } catch (error) {
    // Removed since its parent was read; the lake itself must be there, or an unmounted one would look empty.
    if (at !== '' && (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR')) return [];
    throw folderError(error, 'list', at, root);
  }
}
