import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, folderError } from './folder-errors.js';

import type { ObjectInfo } from './port.js';
import { infoOf } from './folder-info.js';
import { compareKeys, SCRATCH, sortKeys } from './key.js';

/** Objects in the order of their keys. */
export async function* listFolder(
  root: string,
  prefix: string,
  startAfter: string,
): AsyncGenerator<ObjectInfo> {
  for await (const key of keysInFolder(root, prefix, startAfter)) {
    const info = await stat(join(root, key), { bigint: true }).catch((error: unknown) => {
      // Deleted since the folder was read.
      if (codeOf(error) === 'ENOENT') return undefined;
      throw folderError(error, 'list', key, root);
    });
    if (info) yield infoOf(key, info);
  }
}

/** Keys in order, folder by folder; what lies wholly before `startAfter` or outside `prefix` is not even opened. */
export async function* keysInFolder(
  root: string,
  prefix: string,
  startAfter: string,
  at = '',
): AsyncGenerator<string> {
  for (const name of await namesIn(root, at)) {
    const key = at + name;
    if (key === `${SCRATCH}/`) continue;
    if (key.endsWith('/')) {
      const overlaps = key.startsWith(prefix) || prefix.startsWith(key);
      // A folder's keys all begin with its own: once that lies before startAfter and is no part of it, so do they.
      const before = compareKeys(key, startAfter) < 0 && !startAfter.startsWith(key);
      if (overlaps && !before) yield* keysInFolder(root, prefix, startAfter, key);
    } else if (key.startsWith(prefix) && compareKeys(key, startAfter) > 0) yield key;
  }
}

/** What is in a folder, in the order of keys; folders end with a slash. An hour of a busy source may have 50,000 answers. */
async function namesIn(root: string, at: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for (const entry of await readdir(join(root, at), { withFileTypes: true })) {
      if (entry.isFile()) names.push(entry.name);
      else if (entry.isDirectory()) names.push(`${entry.name}/`);
    }
    return sortKeys(names);
  } catch (error) {
    // Removed since its parent was read; the lake itself must be there, or an unmounted one would look empty.
    if (at !== '' && (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR')) return [];
    throw folderError(error, 'list', at, root);
  }
}
