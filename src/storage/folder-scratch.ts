import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { chunksOf } from './body.js';
import { sweepClaims } from './folder-claim.js';
import { codeOf } from './folder-errors.js';
import { infoOf, stampTime } from './folder-info.js';
import { FILE_MODE, leadsOut, makeOne } from './folder-place.js';
import { SCRATCH } from './key.js';
import type { Body, ObjectInfo } from './port.js';

/** A temporary file that was not written to for so long was left by a process that died. */
const LEFT_OVER_MS = 60 * 60_000;
/** `<process id>-<random UUID>`. Nothing else is ever removed, whatever lies there. */
const TEMPORARY = /^\d+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const scratchOf = (root: string): string => join(root, SCRATCH);

/** Writes the body to a temporary file and, when asked, flushes it to the disk. What fails leaves nothing. */
export async function writeTemporary(
  root: string,
  key: string,
  body: Body,
  flush: boolean,
): Promise<{ temporary: string; info: ObjectInfo }> {
  const temporary = join(await ownScratch(root), `${process.pid}-${randomUUID()}`);
  const file = await open(temporary, 'wx', FILE_MODE);
  try {
    try {
      for await (const chunk of chunksOf(body)) await writeAll(file, chunk);
      await stampTime(file);
      if (flush) await file.sync();
      return { temporary, info: infoOf(key, await file.stat({ bigint: true })) };
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

export async function discard(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => undefined);
}

/** Removes what dead processes left in the scratch folder, if there is one. */
export async function sweepScratch(root: string): Promise<void> {
  if ((await scratchIfThere(root)) === undefined) return;
  const scratch = scratchOf(root);
  for (const name of await readdir(scratch)) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(scratch, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() && Date.now() - found.mtimeMs > LEFT_OVER_MS) await discard(path);
  }
  await sweepClaims(scratch);
}

/**
 * The scratch folder, made if need be: somebody may have tidied it away. The lake's own folder is not made again, as it may be
 * unmounted. Throws `StorageDenied` where a link stands in its place: what is behind it is not ours.
 */
export async function ownScratch(root: string): Promise<string> {
  if ((await scratchIfThere(root)) === undefined) await makeOne(scratchOf(root));
  return scratchOf(root);
}

async function scratchIfThere(root: string): Promise<string | undefined> {
  const scratch = scratchOf(root);
  const found = await lstat(scratch).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isSymbolicLink()) throw leadsOut(root, scratch);
  return found && scratch;
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength;) {
    at += (await file.write(chunk, at)).bytesWritten;
  }
}
