import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { chunksOf } from './body.js';
import { CLAIM, sweepClaims } from './folder-claim.js';
import { codeOf } from './folder-errors.js';
import { infoOf, stampTime } from './folder-info.js';
import { SCRATCH } from './key.js';
import type { Body, ObjectInfo } from './port.js';

/** A temporary file that was not written to for so long was left by a process that died. */
const LEFT_OVER_MS = 60 * 60_000;

export const scratchOf = (root: string): string => join(root, SCRATCH);

/** Writes the body to a temporary file and, when asked, flushes it to the disk. What fails leaves nothing. */
export async function writeTemporary(
  root: string,
  key: string,
  body: Body,
  flush: boolean,
): Promise<{ temporary: string; info: ObjectInfo }> {
  const temporary = join(scratchOf(root), `${process.pid}-${randomUUID()}`);
  const file = await openNew(root, temporary);
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

/** Removes what dead processes left in the scratch folder. */
export async function sweepScratch(root: string): Promise<void> {
  const scratch = scratchOf(root);
  for (const name of await readdir(scratch)) {
    const path = join(scratch, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && !name.startsWith(CLAIM) && Date.now() - found.mtimeMs > LEFT_OVER_MS) {
      await discard(path);
    }
  }
  await sweepClaims(scratch);
}

/** Somebody may have tidied the scratch folder away. The lake's own folder is not made again: it may be unmounted. */
async function openNew(root: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(scratchOf(root)).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
    return await open(path, 'wx');
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength;) {
    at += (await file.write(chunk, at)).bytesWritten;
  }
}
