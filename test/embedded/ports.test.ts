import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { claimPort, freePort, portAnswers, portTaken } from '../../src/embedded/ports.js';

async function withListener(host: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  try {
    await use(port);
  } finally {
    server.close();
  }
}

describe('ports', () => {
  it('a free port can be bound, and is not taken', async () => {
    const port = await freePort();
    assert(port > 1024);
    assert.equal(await portTaken(port), false);
    assert.equal(await portAnswers(port), false);
  });

  for (const host of ['127.0.0.1', '0.0.0.0']) {
    it(`a port that somebody listens on at ${host} is taken, and answers`, async () => {
      await withListener(host, async (port) => {
        assert.equal(await portTaken(port), true);
        assert.equal(await portAnswers(port), true);
      });
    });
  }

  it('the wanted port is given, without a word, when it is free', async () => {
    const lines: string[] = [];
    const wanted = await freePort();
    const claimed = await claimPort(wanted, 'Temporal', (line) => lines.push(line));
    claimed.release();
    assert.equal(claimed.port, wanted);
    assert.deepEqual(lines, []);
  });

  it('another one is given when it is taken, and the log names both', async () => {
    await withListener('127.0.0.1', async (taken) => {
      const lines: string[] = [];
      const claimed = await claimPort(taken, 'Temporal', (line) => lines.push(line));
      claimed.release();
      const { port } = claimed;
      assert.notEqual(port, taken);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', new RegExp(`${taken} \\(Temporal\\) is taken.*${port}`));
    });
  });

  it('no port is given twice before somebody listens on it; once released, it is again', async () => {
    const wanted = await freePort();
    const claim = () => claimPort(wanted, 'Temporal', () => undefined);
    const claims = await Promise.all([claim(), claim(), claim()]);
    assert.equal(new Set(claims.map(({ port }) => port)).size, 3);
    for (const claimed of claims) claimed.release();
    const again = await claim();
    again.release();
    assert.equal(again.port, wanted);
  });
});
