import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { assertHoldable } from './holdable.js';
import { infoOf } from './folder-info.js';
import type { StoredObject } from './port.js';

/**
 * Blocking reads of files, for a thread that does nothing else: a small file takes a tenth of the time of
 * four trips to libuv's threads. All throw the operating system's errors.
 */

export function readNow(path: string, key: string, bytesMax: number): StoredObject {
  return withFile(path, (file) => {
    const stats = fstatSync(file, { bigint: true });
    const info = infoOf(key, stats);
    assertHoldable(info, bytesMax);
    const body = Buffer.allocUnsafeSlow(Number(stats.size));
    let at = 0;
    for (let count = 1; count > 0 && at < body.length; at += count) {
      count = readSync(file, body, at, body.length - at, null);
    }
    return { ...info, body: body.subarray(0, at) };
  });
}

export function* chunksNow(path: string, chunkBytes: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    // No write ever changes a file that is in its place, so its size is known; memory that is not used is garbage like all other.
    const { size } = fstatSync(file);
    for (let [at, count] = [0, 1]; count > 0 && at < size; at += count) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - at));
      count = readSync(file, chunk);
      if (count > 0) yield chunk.subarray(0, count);
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
