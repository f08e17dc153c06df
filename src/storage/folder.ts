import { createReadStream } from 'node:fs';
import { realpath, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pMap from 'p-map';
import { FernlakeError, isFernlakeError, messageOf } from '../errors.js';
import { LIMITS } from '../limits.js';
import { BodyFailure } from './body.js';
import { claimKey } from './folder-claim.js';
import { codeOf, folderError } from './folder-errors.js';
import { infoOf } from './folder-info.js';
import { keysInFolder, listFolder } from './folder-list.js';
import { chunksNow, readNow } from './folder-now.js';
import {
  hasNoLinks,
  linkInto,
  makeFolder,
  moveInto,
  moveUnflushed,
  nearestInside,
  pathOf,
  removeEmpty,
} from './folder-place.js';
import { readWhole } from './folder-read.js';
import { discard, ownScratch, sweepScratch, writeTemporary } from './folder-scratch.js';
import { SCRATCH, STAGING } from './key.js';
import type { Body, Condition, ListOptions, ObjectInfo, Storage, StoredObject } from './port.js';

const READ_CHUNK_BYTES = 256 * 1024;
const DELETES_AT_ONCE = 8;

export interface FolderOptions {
  /** Reading an object makes the thread wait. For threads on which nothing else is to go on. */
  readonly readsBlock?: boolean;
  /** For who only reads: nothing is made, swept or written, and a folder that is not there is an error. */
  readonly readOnly?: boolean;
}

/**
 * A lake in a folder (`file:///abs/dir`), made if need be, for its owner alone. Objects are written to a temporary file, flushed to the disk,
 * and moved into place; the folder is flushed, too. Conditions hold between all processes that share the folder.
 * What lies under `staging/` is not flushed, and the last of two writers wins there: it is gone within minutes, is named by its
 * SHA-256, and is computed again where a power cut took it. A kill of the process alone loses nothing.
 * Symbolic links within it are neither listed nor written through.
 * Throws `Configuration` for another kind of address, `StorageDenied`, `StorageFull` when it cannot be written to.
 */
export async function openFolder(uri: string, options: FolderOptions = {}): Promise<Storage> {
  const { readsBlock = false, readOnly = false } = options;
  const named = folderOf(uri);
  try {
    if (!readOnly) await makeFolder(named);
    const root = await realpath(named);
    if (!readOnly) {
      await ownScratch(root);
      await sweepScratch(root);
    } else if (!(await stat(root)).isDirectory()) throw notThere(named, 'it is a file');
    return new Folder(pathToFileURL(named).href.replace(/\/+$/, ''), root, readsBlock);
  } catch (error) {
    if (readOnly && isNoFile(error)) throw notThere(named, 'there is no such folder');
    throw folderError(error, readOnly ? 'read' : 'write', readOnly ? '' : SCRATCH, named);
  }
}

const notThere = (folder: string, how: string): FernlakeError =>
  new FernlakeError(
    'Configuration',
    'terminal',
    `there is no lake at ${folder}: ${how}. A worker makes it at its start; to read one, name its folder`,
    {
      details: { lake: folder },
    },
  );

function folderOf(uri: string): string {
  try {
    return join(fileURLToPath(uri), '.');
  } catch (error) {
    const message = `the lake ${uri} is no folder (${messageOf(error)}): it must read file:///absolute/directory`;
    throw new FernlakeError('Configuration', 'terminal', message, { cause: error });
  }
}

class Folder implements Storage {
  constructor(
    readonly uri: string,
    private readonly root: string,
    private readonly readsBlock: boolean,
  ) {}

  async get(key: string, bytesMax: number = LIMITS.wholeBytesMax): Promise<StoredObject> {
    const path = pathOf(this.root, key);
    try {
      if (this.readsBlock) return readNow(path, key, bytesMax);
      const { stats, body } = await readWhole(path, key, bytesMax);
      return { ...infoOf(key, stats), body };
    } catch (error) {
      throw this.readError(error, key);
    }
  }

  async *open(key: string): AsyncIterable<Uint8Array> {
    if (this.readsBlock) {
      yield* this.openNow(key);
      return;
    }
    const stream = createReadStream(pathOf(this.root, key), { highWaterMark: READ_CHUNK_BYTES });
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => {
          throw this.readError(error, key);
        });
        if (next.done) return;
        yield next.value;
      }
    } finally {
      stream.destroy();
    }
  }

  private *openNow(key: string): Generator<Uint8Array> {
    try {
      yield* chunksNow(pathOf(this.root, key), READ_CHUNK_BYTES);
    } catch (error) {
      throw this.readError(error, key);
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = pathOf(this.root, key);
    try {
      const stats = await stat(path, { bigint: true });
      return stats.isFile() ? infoOf(key, stats) : undefined;
    } catch (error) {
      if (isNoFile(error)) return undefined;
      throw folderError(error, 'read', key, this.root);
    }
  }

  async put(key: string, body: Body, condition?: Condition): Promise<ObjectInfo> {
    const path = pathOf(this.root, key);
    try {
      const passing = condition === undefined && key.startsWith(STAGING);
      const { temporary, info } = await writeTemporary(this.root, key, body, !passing);
      try {
        if (passing) await moveUnflushed(this.root, temporary, path);
        else if (condition?.kind === 'absent') await this.create(temporary, path, key);
        else await this.replace(temporary, path, key, condition?.etag);
        return info;
      } catch (error) {
        await discard(temporary);
        throw error;
      }
    } catch (error) {
      if (error instanceof BodyFailure) throw error.cause;
      throw folderError(error, 'write', key, this.root);
    }
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectInfo> {
    return listFolder(this.root, prefix, options.startAfter ?? '');
  }

  keys(prefix: string, options: ListOptions = {}): AsyncIterable<string> {
    return keysInFolder(this.root, prefix, options.startAfter ?? '');
  }

  async delete(keys: readonly string[]): Promise<void> {
    const all = keys.map((key) => ({ key, path: pathOf(this.root, key) }));
    await pMap(all, async (at) => this.remove(at.key, at.path), { concurrency: DELETES_AT_ONCE });
  }

  private async remove(key: string, path: string): Promise<void> {
    const folder = dirname(path);
    try {
      if ((await nearestInside(this.root, folder)) !== folder) return;
      await this.exclusively(key, () => unlink(path));
      await removeEmpty(this.root, folder);
    } catch (error) {
      if (isNoFile(error)) return;
      // macOS says EPERM of a folder where Linux says EISDIR.
      if (codeOf(error) === 'EPERM' && (await this.head(key)) === undefined) return;
      throw folderError(error, 'delete', key, this.root);
    }
  }

  private async create(temporary: string, path: string, key: string): Promise<void> {
    try {
      if (!(await linkInto(this.root, temporary, path))) throw this.changed(key, 'is there already');
    } catch (error) {
      if (!hasNoLinks(error)) throw error;
      await this.exclusively(key, async () => {
        if (await this.head(key)) throw this.changed(key, 'is there already');
        await moveInto(this.root, temporary, path);
      });
    }
  }

  private async replace(
    temporary: string,
    path: string,
    key: string,
    etag: string | undefined,
  ): Promise<void> {
    const check = async (): Promise<void> => {
      if (etag === undefined || (await this.head(key))?.etag === etag) return;
      throw this.changed(key, 'is another version by now');
    };
    await check();
    await this.exclusively(key, async () => {
      await check();
      await moveInto(this.root, temporary, path);
    });
  }

  private async exclusively(key: string, act: () => Promise<void>): Promise<void> {
    const release = await claimKey(await ownScratch(this.root), key);
    try {
      await act();
    } finally {
      await release();
    }
  }

  private changed(key: string, how: string): FernlakeError {
    const message = `${key} in ${this.root} ${how}: somebody else wrote it`;
    return new FernlakeError('PreconditionFailed', 'terminal', message, {
      details: { key, lake: this.root },
    });
  }

  private readError(error: unknown, key: string): FernlakeError {
    if (isFernlakeError(error)) return error;
    // A file where the key wants a folder, or the other way round: the object is not there.
    return folderError(isNoFile(error) ? { code: 'ENOENT' } : error, 'read', key, this.root);
  }
}

function isNoFile(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '');
}
