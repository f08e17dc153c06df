import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { choosePort, freePort, portAnswers, portTaken } from '../../src/embedded/ports.js';

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

  it('the wanted port is chosen, without a word, when it is free', async () => {
    const lines: string[] = [];
    const port = await freePort();
    assert.equal(await choosePort(port, 'Temporal', (line) => lines.push(line)), port);
    assert.deepEqual(lines, []);
  });

  it('another one is chosen when it is taken, and the log names both', async () => {
    await withListener('127.0.0.1', async (taken) => {
      const lines: string[] = [];
      const port = await choosePort(taken, 'Temporal', (line) => lines.push(line));
      assert.notEqual(port, taken);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', new RegExp(`${taken} \\(Temporal\\) is taken.*${port}`));
    });
  });
});
