import assert from 'node:assert/strict';
import fc from 'fast-check';
import { writeBase64Url, writeLatin1 } from '../../src/bytes/buffer-write.js';

describe('a short text written into a buffer', () => {
  const ways = [
    ['base64url', writeBase64Url],
    ['latin1', writeLatin1],
  ] as const;
  for (const [encoding, write] of ways) {
    it(`gives the bytes that buffer.write gives as ${encoding}`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), fc.nat(8), fc.nat(40), (text, at, bytesMax) => {
          const [ours, nodes] = [Buffer.alloc(48), Buffer.alloc(48)];
          assert.equal(write(ours, text, at, bytesMax), nodes.write(text, at, bytesMax, encoding));
          assert.deepEqual(ours, nodes);
        }),
      );
    });
  }
});
