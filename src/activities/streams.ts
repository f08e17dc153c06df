import { createHash } from 'node:crypto';
import { isFernlakeError } from '../errors.js';
import type { Ref } from './ref.js';
import { yieldToEventLoop } from '../lake/event-loop.js';
import type { Storage } from '../storage/port.js';
import { currentPulse } from './pulse.js';
import { keyOf, stagedBlobGone } from './staging.js';

/** A scratch blob as chunks; `StagedBlobGone` at its end where they are not what was written. */
export async function* unstaged(storage: Storage, ref: Ref): AsyncGenerator<Uint8Array> {
  const key = keyOf(storage, ref);
  const hash = createHash('sha256');
  try {
    for await (const chunk of storage.open(key)) {
      hash.update(chunk);
      yield chunk;
      await yieldToEventLoop();
    }
  } catch (error) {
    throw isFernlakeError(error, 'ObjectNotFound') ? stagedBlobGone(key, ref, 'is gone') : error;
  }
  if (hash.digest('hex') !== ref.sha256) throw stagedBlobGone(key, ref, 'was changed by somebody else');
}

/** Writes a scratch blob from chunks; undefined, and nothing written, where there is no chunk at all. */
export async function stageStream(
  storage: Storage,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Omit<Ref, 'records'> | undefined> {
  const pulse = currentPulse();
  const source = chunks[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let bytes = 0;
  const first = await source.next();
  if (first.done) return undefined;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (let next: IteratorResult<Uint8Array> = first; !next.done; next = await source.next()) {
        hash.update(next.value);
        bytes += next.value.byteLength;
        yield next.value;
        pulse.beat();
        await yieldToEventLoop();
      }
    } finally {
      await source.return?.();
    }
  };
  try {
    await storage.put(key, all());
  } catch (error) {
    // Storage that failed before it asked for a chunk leaves the source open.
    await source.return?.();
    throw error;
  }
  return { uri: `${storage.uri}/${key}`, sha256: hash.digest('hex'), bytes };
}
