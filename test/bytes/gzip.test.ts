import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { gunzip, gzip } from '../../src/bytes/gzip.js';

const text = Buffer.from('{"record_id":1}\n'.repeat(500));

describe('gzip', () => {
  it('writes no time and no platform into its header, and the same bytes each time', async () => {
    const packed = await gzip(text);
    // RFC 1952: magic, deflate, no flags, MTIME (4 bytes), best compression, OS unknown.
    assert.deepEqual([...packed.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    assert.deepEqual(await gzip(text), packed);
  });

  it('gives back any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        assert.deepEqual(await gunzip(await gzip(bytes), 2_000), Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  for (const [command, ...args] of [
    ['gzip', '-dc'],
    ['python3', '-c', 'import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))'],
  ] as [string, ...string[]][]) {
    it(`is read by ${command}`, async function () {
      const { error, status, stdout } = spawnSync(command, args, { input: await gzip(text) });
      if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
        console.warn(`skipped: there is no ${command} here`);
        this.skip();
      }
      assert.equal(status, 0);
      assert.deepEqual(stdout, text);
    });
  }

  it('unpacks no more than it is told to, a bomb included', async () => {
    const bomb = await gzip(Buffer.alloc(50_000_000));
    assert.ok(bomb.length < 100_000);
    await assert.rejects(gunzip(bomb, 1_000_000), { name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE' });
    assert.equal((await gunzip(await gzip(text), text.length)).length, text.length);
    await assert.rejects(gunzip(await gzip(text), text.length - 1), RangeError);
  });

  it('refuses what is torn or none', async () => {
    const packed = await gzip(text);
    await assert.rejects(gunzip(packed.subarray(0, -1), 10_000));
    await assert.rejects(gunzip(Buffer.from('<html>'), 10_000));
    const bent = Buffer.from(packed);
    bent[bent.length - 5] = (bent.at(-5) ?? 0) ^ 1;
    await assert.rejects(gunzip(bent, 10_000), 'the checksum is held against the bytes');
  });
});
