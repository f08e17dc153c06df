import { type BigIntStats, close, fstat, open, read } from 'node:fs';
import { assertHoldable } from './holdable.js';
import { infoOf } from './folder-info.js';

/** Of one call; the system's own limit is 2 GiB. */
const READ_BYTES_MAX = 1024 ** 3;

/** A file as it was when it was opened. */
export interface FileRead {
  readonly stats: BigIntStats;
  readonly body: Buffer;
}

/**
 * The whole file at `path`. A batch reads hundreds of small ones: by callbacks, into one buffer of its size, it takes half the time of a
 * FileHandle's `readFile`, which makes a dozen promises and asks once more for the end. No write ever changes a file that is in
 * its place, so its size is known. Rejects with the operating system's error, and `LakeCorrupt` for one of more than `bytesMax`.
 */
export async function readWhole(path: string, key: string, bytesMax: number): Promise<FileRead> {
  return await new Promise((resolve, reject) => {
    open(path, 'r', (openError, fd) => {
      if (openError) {
        reject(openError);
        return;
      }
      // Nothing was written through it, so how the closing ends matters to nobody; but it is waited for, or they would pile up.
      const end = (settle: () => void): void => close(fd, settle);
      fstat(fd, { bigint: true }, (statError, stats) => {
        if (statError) {
          end(() => reject(statError));
          return;
        }
        let body: Buffer;
        try {
          assertHoldable(infoOf(key, stats), bytesMax);
          body = Buffer.allocUnsafeSlow(Number(stats.size));
        } catch (cause) {
          end(() => reject(cause instanceof Error ? cause : new Error(String(cause))));
          return;
        }
        const fill = (at: number): void => {
          const length = Math.min(body.length - at, READ_BYTES_MAX);
          read(fd, body, at, length, at, (readError, bytesRead) => {
            if (readError) end(() => reject(readError));
            else if (bytesRead === 0 || at + bytesRead === body.length)
              end(() => resolve({ stats, body: body.subarray(0, at + bytesRead) }));
            else fill(at + bytesRead);
          });
        };
        fill(0);
      });
    });
  });
}
