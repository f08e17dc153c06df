import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import {
  BLOCK_BYTES,
  createSha256Lanes,
  FREE_AT,
  INITIAL,
  INNER,
  LANES,
  STATE,
  STATE_WORDS,
} from '../../../src/activities/decrypt/sha256-lanes.js';

const lanes = createSha256Lanes(64 * 1024);
const LANE_BYTES = 12 * 1024;

/** As the standard pads a message (FIPS 180-4, 5.1.1). */
function padded(message: Uint8Array): Buffer {
  const padding = Buffer.alloc(BLOCK_BYTES + 8 - ((message.length + 8) % BLOCK_BYTES));
  padding[0] = 0x80;
  padding.writeBigUInt64BE(BigInt(message.length) * 8n, padding.length - 8);
  return Buffer.concat([message, padding]);
}

const hashOf = (lane: number): string =>
  Array.from({ length: STATE_WORDS }, (_, word) =>
    (lanes.words[STATE / 4 + word * LANES + lane]! >>> 0).toString(16).padStart(8, '0'),
  ).join('');

/** Of messages that fill as many blocks as one another, each from an address of its own, `off` bytes behind a multiple of sixteen. */
function hashesOf(messages: readonly Uint8Array[], off = 0): string[] {
  const blocks = messages.map(padded);
  const at = blocks.map((bytes, lane) => {
    lanes.memory.set(bytes, FREE_AT + lane * LANE_BYTES + off);
    return FREE_AT + lane * LANE_BYTES + off;
  });
  for (let done = 0; done < blocks[0]!.length; done += BLOCK_BYTES) {
    const [a, b, c, d] = at.map((start) => start + done) as [number, number, number, number];
    lanes.block(done === 0 ? INITIAL : STATE, a, b, c, d);
  }
  return messages.map((_, lane) => hashOf(lane));
}

const sha256 = (message: Uint8Array): string => hash('sha256', message, 'hex');

describe('SHA-256 of four messages at once', () => {
  it('gives the examples of the standard', () => {
    const abc = Buffer.from('abc');
    assert.deepEqual(
      hashesOf([abc, abc, abc, abc]),
      new Array(4).fill('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    );
    const long = Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq');
    assert.equal(
      hashesOf([long, long, long, long])[3],
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    );
  });

  it('gives what OpenSSL gives, of every size up to three blocks, for four messages that differ', () => {
    for (let size = 0; size < 3 * BLOCK_BYTES; size += 1) {
      const messages = [1, 2, 3, 4].map((first) => Buffer.alloc(size, first).fill(size, size >> 1));
      assert.deepEqual(hashesOf(messages), messages.map(sha256), `${size} bytes`);
    }
  });

  it('whatever the bytes and wherever they stand', () => {
    const four = fc
      .integer({ min: 0, max: LANE_BYTES - 100 })
      .chain((size) =>
        fc.array(fc.uint8Array({ minLength: size, maxLength: size }), { minLength: 4, maxLength: 4 }),
      );
    fc.assert(
      fc.property(four, fc.integer({ min: 0, max: 15 }), (messages, off) => {
        assert.deepEqual(hashesOf(messages, off), messages.map(sha256));
      }),
      { numRuns: 200 },
    );
  });

  it('hashes what it has made as a message of one block and that hash', () => {
    const messages = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text));
    const first = Buffer.alloc(BLOCK_BYTES, 0x5c);
    lanes.memory.set(first, FREE_AT);
    lanes.block(INITIAL, FREE_AT, FREE_AT, FREE_AT, FREE_AT);
    lanes.words.copyWithin(INNER / 4, STATE / 4, STATE / 4 + LANES * STATE_WORDS);
    const inner = hashesOf(messages);
    lanes.hashOfHash(INNER);
    assert.deepEqual(
      messages.map((_, lane) => hashOf(lane)),
      inner.map((hex) => sha256(Buffer.concat([first, Buffer.from(hex, 'hex')]))),
    );
  });
});
