import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHttpSource } from '../../src/source/http.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

describe('the HTTP source, when the status says no', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    it(`takes ${status} for transient and says so`, async () => {
      const page = '<html><head><title>Bad Gateway</title></head><body>nginx</body></html>';
      await withServer(answering(status, page), async ({ url }) => {
        const error = await failing(createHttpSource({ url }).poll(), 'SourceAnswer', 'transient');
        assert.equal(error.details.status, status);
        assert.equal(error.details.url, url);
        assert.match(error.message, new RegExp(`answered ${status} \\("Bad Gateway"\\)`));
        assert.equal(error.retryAfterMs, undefined);
      });
    });
  }

  for (const status of [400, 401, 403, 404, 405, 410, 451]) {
    it(`takes ${status} for terminal`, async () => {
      await withServer(answering(status, 'no'), async ({ url }) => {
        const error = await failing(createHttpSource({ url }).poll(), 'SourceRefused', 'terminal');
        assert.equal(error.details.status, status);
        assert.match(error.message, /check the (credentials|source URL)/);
      });
    });
  }

  it('hands on Retry-After', async () => {
    await withServer(answering(429, 'slow down', { 'retry-after': '7' }), async ({ url }) => {
      const error = await failing(createHttpSource({ url }).poll(), 'SourceAnswer', 'transient');
      assert.equal(error.retryAfterMs, 7_000);
    });
  });

  it('reads only the first words of a refusal without an end', async () => {
    let sent = 0;
    await withServer(
      (_request, response) => {
        response.writeHead(502, { 'content-type': 'text/plain' });
        const chunk = Buffer.alloc(16_384, 'x ');
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) sent += chunk.length;
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      },
      async ({ url }) => {
        await failing(createHttpSource({ url }).poll(), 'SourceAnswer', 'transient');
      },
    );
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were taken`);
  });

  it('never shows the credentials or the query, not even when the server echoes them', async () => {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      response
        .writeHead(404)
        .end(`no such page: ${request.url} for alice with hunter2pass, apikey s3cr3tkey`);
    };
    await withServer(listener, async ({ url }) => {
      const secretive = url.replace('http://', 'http://alice:hunter2pass@') + '?apikey=s3cr3tkey';
      const error = await failing(createHttpSource({ url: secretive }).poll(), 'SourceRefused', 'terminal');
      const all = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
      for (const secret of ['alice', 'hunter2pass', 's3cr3tkey']) assert.ok(!all.includes(secret), all);
      assert.ok(error.message.includes(url));
    });
  });
});

describe('the HTTP source, when redirected', () => {
  it('follows on the same host', async () => {
    await withServer(
      (request, response) => {
        if (request.url?.startsWith('/moved')) response.end('[]');
        else response.writeHead(307, { location: '/moved' }).end();
      },
      async ({ url }) => {
        assert.deepEqual((await createHttpSource({ url }).poll()).envelopes, []);
      },
    );
  });

  it('does not follow to another host, and does not ask it', async () => {
    await withServer(answering(200, '[]'), async (other) => {
      await withServer(answering(302, '', { location: `${other.url}?token=abc` }), async ({ url }) => {
        const error = await failing(createHttpSource({ url }).poll(), 'SourceRefused', 'terminal');
        assert.match(error.message, /redirects to http:\/\/127\.0\.0\.1:\d+, which is not followed/);
      });
      assert.equal(other.requests.length, 0);
    });
  });

  it('gives up on a circle', async () => {
    await withServer(answering(302, '', { location: '/api/data/log' }), async ({ url, requests }) => {
      await failing(createHttpSource({ url }).poll(), 'SourceRefused', 'terminal');
      assert.equal(requests.length, 4);
    });
  });

  for (const location of [undefined, 'http://[broken', 'file:///etc/passwd', 'javascript:alert(1)']) {
    it(`refuses ${location ?? 'no location at all'}`, async () => {
      await withServer(answering(302, '', location === undefined ? {} : { location }), async ({ url }) => {
        await failing(createHttpSource({ url }).poll(), 'SourceRefused', 'terminal');
      });
    });
  }
});
