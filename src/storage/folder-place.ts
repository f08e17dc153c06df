import { link, mkdir, open, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FernlakeError } from '../errors.js';
import { codeOf } from './folder-errors.js';
import { checkKey } from './key.js';

/** A delete may remove the emptied folder meanwhile: each try makes it again. */
const PLACE_ATTEMPTS = 20;
/** Records are nobody's but the owner's. Who may read them besides is for the owner to say (chmod, after the fact). */
const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;
/** File systems without hard links (FAT, SMB, some of FUSE). */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The file of a key. Throws `StorageKey`. */
export function pathOf(root: string, key: string): string {
  checkKey(key, root);
  return join(root, ...key.split('/'));
}

/** Moves a finished file to its place, over whatever is there, and sees it on the disk. */
export async function moveInto(root: string, temporary: string, path: string): Promise<void> {
  await onTheWay(root, path, () => rename(temporary, path));
}

/** The same for what need not outlive a power cut. */
export async function moveUnflushed(root: string, temporary: string, path: string): Promise<void> {
  await onTheWay(root, path, () => rename(temporary, path), false);
}

/** Moves a finished file to its place unless there is one: then false. Of many at once, one wins: link(2) is atomic. */
export async function linkInto(root: string, temporary: string, path: string): Promise<boolean> {
  try {
    await onTheWay(root, path, () => link(temporary, path));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await unlink(temporary);
  return true;
}

export const hasNoLinks = (error: unknown): boolean => NO_LINKS.has(codeOf(error) ?? '');

async function onTheWay(root: string, path: string, act: () => Promise<void>, flush = true): Promise<void> {
  const folder = dirname(path);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const top = await nearestInside(root, folder);
      if (top !== folder) await makeFolder(folder);
      await act();
      if (!flush) return;
      // What was made is on the disk only once its parent is, too.
      for (let at = folder; at !== top; at = dirname(at)) await flushFolder(at);
      return await flushFolder(top);
    } catch (error) {
      // A delete has just removed the emptied folder.
      if (codeOf(error) !== 'ENOENT' || attempt === PLACE_ATTEMPTS) throw error;
    }
  }
}

/**
 * The folder, or the nearest one above it that is there. A symbolic link on the way could lead out of the lake, into
 * files that are not ours: then throws `StorageDenied`.
 */
export async function nearestInside(root: string, folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const real = await realpath(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT' && at.length > root.length) return undefined;
      throw error;
    });
    if (real === at) return at;
    if (real !== undefined) throw leadsOut(root, at, real);
  }
}

export function leadsOut(root: string, path: string, real?: string): FernlakeError {
  return new FernlakeError(
    'StorageDenied',
    'terminal',
    `${path} leads through a symbolic link${real === undefined ? '' : ` to ${real}`}: a lake is written only within its own folder. ` +
      'Put a folder in its place (a bind mount, if it is to be on another disk)',
    { details: { path, lake: root } },
  );
}

/**
 * The folder and those above it. Not `mkdir` with `recursive`: on a read-only file system Node 20 says ENOENT then, as if
 * the disk were gone.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeOne(folder);
  }
}

/** The folder, unless it is there. */
export async function makeOne(folder: string): Promise<void> {
  await mkdir(folder, FOLDER_MODE).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** Removes folders that have become empty, upwards, but never the lake itself. */
export async function removeEmpty(root: string, folder: string): Promise<void> {
  for (let at = folder; at.length > root.length && at.startsWith(root); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return; // not empty, or gone already
    }
  }
}

/** A rename is on the disk only once its folder is. Some systems cannot open folders: then there is nothing to flush. */
async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!['ENOENT', 'EISDIR', 'EPERM', 'EINVAL'].includes(codeOf(error) ?? '')) throw error;
  }
}
