import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipFast } from '../../../src/bytes/gzip.js';
import { rawName, segmentKey } from '../../../src/lake/keys.js';
import type { Storage } from '../../../src/storage/port.js';
import { Bench, DATASET, HOUR_13, T13 } from '../bench.js';

const MIB = 1024 * 1024;
const ROWS = 24_000;
const SEGMENTS = 3;

/**
 * Bytes, not milliseconds: how long a slice takes depends on who else uses the machine; how much work is done in one turn of the
 * event loop does not.
 */
describe('a seal of more than fits in memory', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  it('lets others in after every few hundred KiB, and never holds the whole hour', async () => {
    for (let n = 0; n < SEGMENTS; n += 1) {
      const packed = await gzipFast(Buffer.from(segmentText(n)));
      await bench.storage.put(segmentKey(DATASET, HOUR_13, '20230420T140000000Z', n), packed);
    }
    const watch = watched(bench.storage);
    try {
      await bench.with({ storage: watch.storage }).seal(HOUR_13);
    } finally {
      watch.stop();
    }
    const { object, landed } = await bench.ledger(HOUR_13);
    assert.equal(landed, ROWS);
    assert.ok(object!.bytes > 8 * MIB, `the object has only ${object!.bytes} bytes`);
    const { turnBytesMax, readBytesMax } = watch;
    assert.ok(turnBytesMax() > 0 && turnBytesMax() <= 2 * MIB, `${turnBytesMax()} bytes in one turn`);
    assert.ok(readBytesMax() <= 8 * MIB, `${readBytesMax()} bytes read as a whole`);
  });
});

/** Every third row of the hour. The rows are random digits, so that the packed object is large, too. */
function segmentText(n: number): string {
  const raw = rawName(T13 + n, createHash('sha256').update(String(n)).digest('hex'));
  const lines = [JSON.stringify({ hour: HOUR_13, raws: [raw], keys: ['0123abcd'] })];
  for (let id = n; id < ROWS; id += SEGMENTS) {
    const noise = Array.from({ length: 16 }, (_, i) =>
      createHash('sha256').update(`${id} ${i}`).digest('base64url'),
    ).join('');
    lines.push(`[${id},0,${(id - n) / SEGMENTS},0,800,{"record_id":${id},"noise":"${noise}"}]`);
  }
  return `${lines.join('\n')}\n`;
}

/** The same storage; tells how many bytes at most went through it between two turns of the event loop, or were read at once. */
function watched(storage: Storage) {
  let inTurn = 0;
  let turnMax = 0;
  let readMax = 0;
  let next = setImmediate(tick);
  function tick(): void {
    inTurn = 0;
    next = setImmediate(tick);
  }
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      inTurn += chunk.byteLength;
      turnMax = Math.max(turnMax, inTurn);
      yield chunk;
    }
  }
  const all: Storage = {
    uri: storage.uri,
    get: async (key) => {
      const found = await storage.get(key);
      readMax = Math.max(readMax, found.body.length);
      return found;
    },
    open: (key) => counted(storage.open(key)),
    head: (key) => storage.head(key),
    put: (key, body, condition) =>
      storage.put(key, body instanceof Uint8Array ? body : counted(body), condition),
    list: (prefix, options) => storage.list(prefix, options),
    keys: (prefix, options) => storage.keys(prefix, options),
    delete: (keys) => storage.delete(keys),
  };
  return {
    storage: all,
    turnBytesMax: () => turnMax,
    readBytesMax: () => readMax,
    stop: () => clearImmediate(next),
  };
}
