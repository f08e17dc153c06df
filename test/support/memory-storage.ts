import { setImmediate } from 'node:timers/promises';
import { sha256Of } from '../../src/bytes/sha256.js';
import { FernlakeError } from '../../src/errors.js';
import type { Body, Condition, ObjectInfo, Storage, StoredObject } from '../../src/storage/port.js';

/**
 * A lake in memory, for properties that want thousands of lakes. Every call lets others go first, as often as `turns` says: what
 * runs side by side meets in ever other ways.
 */
export function memoryStorage(turns: () => number = () => 0): Storage {
  const objects = new Map<string, Buffer>();
  const infoOf = (key: string, body: Buffer): StoredObject => ({
    ...{ key, body, bytes: body.length, etag: sha256Of(body), modifiedMs: 0 },
  });
  const pass = async (): Promise<void> => {
    for (let turn = turns(); turn > 0; turn -= 1) await setImmediate();
  };
  const refuse = (code: 'ObjectNotFound' | 'PreconditionFailed', key: string): FernlakeError =>
    new FernlakeError(code, 'terminal', `${key}: ${code}`, { details: { key } });
  const get = async (key: string): Promise<StoredObject> => {
    await pass();
    const body = objects.get(key);
    if (!body) throw refuse('ObjectNotFound', key);
    return infoOf(key, body);
  };
  async function* keys(prefix: string, { startAfter = '' } = {}): AsyncGenerator<string> {
    await pass();
    const found = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
    for (const key of found) yield key;
  }
  return {
    uri: 'memory://lake',
    get,
    keys,
    async *open(key) {
      yield (await get(key)).body;
    },
    async head(key) {
      await pass();
      const body = objects.get(key);
      return body && infoOf(key, body);
    },
    async put(key, body, condition): Promise<ObjectInfo> {
      const bytes = await wholeOf(body);
      await pass();
      if (!holds(objects.get(key), condition)) throw refuse('PreconditionFailed', key);
      objects.set(key, bytes);
      return infoOf(key, bytes);
    },
    async *list(prefix, options) {
      for await (const key of keys(prefix, options)) {
        const body = objects.get(key);
        if (body) yield infoOf(key, body);
      }
    },
    async delete(gone) {
      await pass();
      for (const key of gone) objects.delete(key);
    },
  };
}

function holds(body: Buffer | undefined, condition: Condition | undefined): boolean {
  if (!condition) return true;
  if (condition.kind === 'absent') return body === undefined;
  return body !== undefined && sha256Of(body) === condition.etag;
}

async function wholeOf(body: Body): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}
