import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  pack,
  packBeside,
  packFast,
  packFastChunks,
  packStream,
  packWith,
} from '../../../src/activities/gzip/pack.js';
import { gunzip, gzip, gzipFast } from '../../../src/bytes/gzip.js';
import { packHere } from '../../../src/process/threads/pack-here.js';

const whole = Buffer.from(randomBytes(700_000).toString('hex'));

/** Each chunk is written over once the next is asked for. */
function* chunks(): Generator<Buffer> {
  const chunk = Buffer.alloc(100_000);
  for (let at = 0; at < whole.length; at += chunk.length) {
    yield chunk.subarray(0, whole.copy(chunk, 0, at, at + chunk.length));
  }
}

function* failing(): Generator<Buffer> {
  yield* chunks();
  throw new Error('the source broke');
}

async function joined(packed: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of packed) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** Its chunks are their reader's: copies. */
const stream = (): Readable => Readable.from(Array.from(chunks(), (chunk) => Buffer.from(chunk)));

const packers = { 'beside the thread that asks': packBeside, 'on the thread that asks': packHere };

for (const [where, by] of Object.entries(packers)) {
  describe(`packing ${where}`, () => {
    before(() => packWith(by));
    after(() => packWith(packBeside));

    it('gives the same bytes for a whole, for its chunks, and for a stream of them', async () => {
      assert.ok((await pack(whole)).equals(await gzip(whole)));
      assert.ok((await packFast(whole)).equals(await gzipFast(whole)));
      assert.ok((await packFastChunks(chunks())).equals(await gzipFast(whole)));
      const packed = await joined(packStream(stream()));
      assert.ok(packed.equals(await gzip(whole)));
      assert.deepEqual(await gunzip(packed, whole.length), whole);
    });

    it('packs nothing, too', async () => {
      assert.ok((await packFastChunks([])).equals(await gzipFast(Buffer.alloc(0))));
      assert.ok((await joined(packStream(Readable.from([])))).equals(await gzip(Buffer.alloc(0))));
    });

    it('lets a failure of what it packs through', async () => {
      await assert.rejects(packFastChunks(failing()), /^Error: the source broke$/);
      await assert.rejects(joined(packStream(Readable.from(failing()))), /^Error: the source broke$/);
    });
  });
}
