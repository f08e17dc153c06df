import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { infoOf } from './folder-info.js';
import type { StoredObject } from './port.js';

/**
 * Reads of files that make the caller's thread wait, for one where nobody else does: a small file takes a tenth of what four
 * trips to libuv's threads take. All throw what the operating system says.
 */

export function readNow(path: string, key: string): StoredObject {
  return withFile(path, (file) => {
    const stats = fstatSync(file, { bigint: true });
    const body = Buffer.allocUnsafeSlow(Number(stats.size));
    let at = 0;
    for (let count = 1; count > 0 && at < body.length; at += count) {
      count = readSync(file, body, at, body.length - at, null);
    }
    return { ...infoOf(key, stats), body: body.subarray(0, at) };
  });
}

export function* chunksNow(path: string, chunkBytes: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    // Most files are smaller than a chunk, and memory that is not used is garbage like all other.
    const sizeBytes = Math.min(chunkBytes, fstatSync(file).size);
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(sizeBytes);
      const count = readSync(file, chunk);
      if (count === 0) return;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}

function withFile<T>(path: string, read: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}
