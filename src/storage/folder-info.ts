import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ObjectInfo } from './port.js';

/**
 * Every write makes a new file, so inode, time and size change with the bytes; no content has to be read to list a lake.
 * The price: a lake that was copied file by file has other etags. Nothing but a condition relies on them; hashes are in
 * the ledgers.
 */
export function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  return {
    key,
    bytes: Number(stats.size),
    etag: `${stats.ino.toString(36)}-${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}`,
    modifiedMs: Number(stats.mtimeMs),
  };
}

/**
 * Gives the file a time of its own to the microsecond. The kernel's time of a write moves only every 1 to 10 ms (ext4
 * takes it from the timer tick), and a freed inode is the next to be taken: two quick replacements of the same size
 * would bring a former etag back. The fraction is of the monotonic clock, which all processes of a machine share.
 */
export async function stampTime(file: FileHandle): Promise<void> {
  const fractionMs = Number(process.hrtime.bigint() % 1_000_000n) / 1e6;
  const seconds = (Date.now() + fractionMs) / 1000;
  await file.utimes(seconds, seconds);
}
