import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { diarySource } from '../../support/diary-source.js';
import { failing } from './failing.js';
import { withServer } from './with-server.js';

/** Never answers. */
const silent = (): void => undefined;

describe('the HTTP source, when the connection fails', () => {
  it('takes a refused connection for transient', async () => {
    const error = await failing(
      diarySource({ url: await urlOfNobody() }).poll(),
      'SourceUnreachable',
      'transient',
    );
    assert.equal(error.details.code, 'ECONNREFUSED');
    assert.match(error.message, /cannot be reached: connection refused/);
  });

  it('takes an unknown host for transient', async () => {
    const url = 'http://no-such-host.invalid/api/data/log';
    const error = await failing(
      diarySource({ url, timeoutMs: 8_000 }).poll(),
      'SourceUnreachable',
      'transient',
    );
    assert.match(error.message, /no-such-host\.invalid/);
  });

  it('takes a reset for transient, before the answer and in the middle of it', async () => {
    await withServer(
      (request) => request.socket.resetAndDestroy(),
      async ({ url }) => {
        const error = await failing(diarySource({ url }).poll(), 'SourceUnreachable', 'transient');
        assert.equal(error.details.code, 'ECONNRESET');
      },
    );
    await withServer(
      (request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('[1,2', () => request.socket.destroy());
      },
      async ({ url }) => {
        await failing(diarySource({ url }).poll(), 'SourceUnreachable', 'transient');
      },
    );
  });

  it('takes what is not HTTP for transient', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-OpenSSH_9.6\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await failing(diarySource({ url: `http://127.0.0.1:${port}/` }).poll(), 'SourceAnswer', 'transient');
    await new Promise((resolve) => server.close(resolve));
  });

  it('gives up on silence at the deadline', async () => {
    await withServer(silent, async ({ url }) => {
      const startMs = performance.now();
      await failing(diarySource({ url, timeoutMs: 150 }).poll(), 'SourceUnreachable', 'transient');
      assert.ok(performance.now() - startMs < 2_000);
    });
  });

  it('gives up on a body that drips past the deadline', async () => {
    await withServer(
      (_request, response) => {
        response.write('[');
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      },
      async ({ url }) => {
        const error = await failing(
          diarySource({ url, timeoutMs: 200 }).poll(),
          'SourceUnreachable',
          'transient',
        );
        assert.match(error.message, /not answered in full after 200 ms/);
      },
    );
  });
});

describe('the HTTP source, when cancelled', () => {
  it('rejects at once with the reason, and closes the connection', async () => {
    let closed: Promise<unknown> = Promise.reject(new Error('never asked'));
    closed.catch(() => undefined);
    await withServer(
      (request, response) => {
        closed = new Promise((resolve) => request.socket.once('close', resolve));
        response.write('[');
      },
      async ({ url }) => {
        const controller = new AbortController();
        const reason = new Error('the activity was cancelled');
        const polled = diarySource({ url }).poll(controller.signal);
        setTimeout(() => controller.abort(reason), 100);
        const startMs = performance.now();
        await assert.rejects(polled, reason);
        assert.ok(performance.now() - startMs < 1_000);
        await closed;
      },
    );
  });

  it('does not even ask when it is cancelled before', async () => {
    await withServer(silent, async ({ url, requests }) => {
      await assert.rejects(diarySource({ url }).poll(AbortSignal.abort()), { name: 'AbortError' });
      assert.equal(requests.length, 0);
    });
  });
});

/** A port that was free a moment ago. */
async function urlOfNobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/api/data/log`;
}
