import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { diarySource } from '../../support/diary-source.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

describe('the HTTP source, when the status says no', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    it(`takes ${status} for transient and says so`, async () => {
      const page = '<html><head><title>Bad Gateway</title></head><body>nginx</body></html>';
      await withServer(answering(status, page), async ({ url }) => {
        const error = await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
        assert.equal(error.details.status, status);
        assert.equal(error.details.url, url);
        assert.match(error.message, new RegExp(`answered ${status} with an HTML page of 70 bytes`));
        assert.equal(error.retryAfterMs, undefined);
      });
    });
  }

  for (const status of [400, 401, 403, 404, 405, 410, 451]) {
    it(`takes ${status} for terminal`, async () => {
      await withServer(answering(status, 'no'), async ({ url }) => {
        const error = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
        assert.equal(error.details.status, status);
        assert.match(
          error.message,
          /check the (parameters in the |method \(GET or POST\), and the )?source URL|the source URL holds no credentials/,
        );
      });
    });
  }

  it('hands on Retry-After, be it with 429, 503 or 403', async () => {
    for (const status of [429, 503, 403]) {
      await withServer(answering(status, 'slow down', { 'retry-after': '3600' }), async ({ url }) => {
        const poll = diarySource({ url }).poll();
        const error = await (status === 403
          ? failing(poll, 'SourceRefused', 'terminal')
          : failing(poll, 'SourceAnswer', 'transient'));
        assert.equal(error.retryAfterMs, 3_600_000);
        assert.match(error.message, /asks to wait 3600 s/);
      });
    }
  });

  it('has a sentence of its own for 304', async () => {
    await withServer(answering(304, ''), async ({ url }) => {
      const { message } = await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
      assert.match(message, /304 \(not modified\).*a cache on the way/);
      assert.doesNotMatch(message, /redirect/);
    });
  });

  it('tells how to do without the parameter against caches where a 400 names it', async () => {
    await withServer(answering(400, `{"error":"unknown query parameter '_'"}`), async ({ url }) => {
      const { message } = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
      assert.match(message, /names the parameter _.*set FERNLAKE_CACHE_BUSTER=false/);
      assert.doesNotMatch(message, /unknown query/);
    });
    const strict = (request: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(request.url?.includes('?') ? 400 : 200).end('[]');
    await withServer(strict, async ({ url, requests }) => {
      assert.deepEqual((await diarySource({ url, cacheBuster: false }).poll()).envelopes, []);
      await failing(diarySource({ url, cacheBuster: 'nonce' }).poll(), 'SourceRefused', 'terminal');
      assert.match(requests[1]?.url ?? '', /\?nonce=/);
    });
  });

  it('says of what kind the answer is, and not what it says', async () => {
    const body = '{"error":"no such user: alice@example.com","code":7,"a4f9c2e8d1":1}';
    await withServer(
      answering(404, body, { 'content-type': 'application/json; charset=utf-8' }),
      async ({ url }) => {
        const { message } = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
        assert.match(
          message,
          /answered 404 with a JSON object with the keys error, code and 1 more of \d+ bytes \(application\/json\)/,
        );
        assert.doesNotMatch(message, /alice|a4f9/);
      },
    );
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
        await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
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
      const error = await failing(diarySource({ url: secretive }).poll(), 'SourceRefused', 'terminal');
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
        assert.deepEqual((await diarySource({ url }).poll()).envelopes, []);
      },
    );
  });

  it('says that it was redirected, and that to a login, and nothing else of where to', async () => {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url?.includes('/login;')) response.end('<!doctype html><title>Log in</title>');
      else response.writeHead(302, { location: '/login;jsessionid=s3cr3t?next=%2Flog' }).end();
    };
    await withServer(listener, async ({ url }) => {
      const { fault } = await diarySource({ url }).poll();
      assert.match(
        fault?.message ?? '',
        /\/log \(after a redirect to a login page\) answered 200 with an HTML page/,
      );
      assert(!fault?.message.includes('s3cr3t'));
    });
  });

  it('tells credentials that are wrong from none at all', async () => {
    await withServer(answering(401, ''), async ({ url }) => {
      const none = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
      assert.match(none.message, /the source URL holds no credentials: put user and password in front of/);
      for (const wrong of [`${url}?key=k`, url.replace('http://', 'http://a:b@')]) {
        const error = await failing(diarySource({ url: wrong }).poll(), 'SourceRefused', 'terminal');
        assert.match(error.message, /check the credentials in the source URL$/);
      }
    });
  });

  it('does not follow to another host, and does not ask it', async () => {
    await withServer(answering(200, '[]'), async (other) => {
      await withServer(answering(302, '', { location: `${other.url}?token=abc` }), async ({ url }) => {
        const error = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
        assert.match(error.message, /redirects to http:\/\/127\.0\.0\.1:\d+, which is not followed/);
      });
      assert.equal(other.requests.length, 0);
    });
  });

  it('gives up on a circle', async () => {
    await withServer(answering(302, '', { location: '/api/data/log' }), async ({ url, requests }) => {
      await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
      assert.equal(requests.length, 4);
    });
  });

  for (const location of [undefined, 'http://[broken', 'file:///etc/passwd', 'javascript:alert(1)']) {
    it(`refuses ${location ?? 'no location at all'}`, async () => {
      await withServer(answering(302, '', location === undefined ? {} : { location }), async ({ url }) => {
        await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
      });
    });
  }
});
