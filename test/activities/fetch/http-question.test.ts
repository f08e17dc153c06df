import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { diarySource } from '../../support/diary-source.js';
import { parseAddress } from '../../../src/activities/fetch/address.js';
import { createClient } from '../../../src/activities/fetch/client.js';
import { failing } from './failing.js';
import { answering, hearing, withServer } from './with-server.js';

const listening = (bodies: string[]) => hearing((body) => bodies.push(body), answering(200, '[]'));

describe('how the HTTP source asks', () => {
  it('posts an object as JSON and a text as it stands, without the parameter against caches', async () => {
    const bodies: string[] = [];
    await withServer(listening(bodies), async ({ url, requests }) => {
      const ask = (body: string | object | undefined, headers = {}) =>
        diarySource({ url, method: 'POST', body, headers }).poll();
      await ask({ query: 'newest', limit: 100 });
      await ask('{"a": 1.0}');
      await ask('query=newest', { 'Content-Type': 'application/x-www-form-urlencoded' });
      await ask(undefined);
      assert.deepEqual(bodies, ['{"query":"newest","limit":100}', '{"a": 1.0}', 'query=newest', '']);
      assert.deepEqual(
        requests.map(({ method, url: asked, headers }) => [method, asked, headers['content-type']]),
        ['application/json', 'application/json', 'application/x-www-form-urlencoded', undefined].map(
          (type) => ['POST', '/api/data/log', type],
        ),
      );
    });
  });

  it('puts the parameter against caches on a POST where it is asked to', async () => {
    await withServer(answering(200, '[]'), async ({ url, requests }) => {
      await diarySource({ url, method: 'POST', body: {}, cacheBuster: 'nonce' }).poll();
      assert.match(requests[0]?.url ?? '', /\?nonce=[0-9a-z]+-0$/);
    });
  });

  it('appends the parameters, encoded, behind a query that stays as it was', async () => {
    await withServer(answering(200, '[]'), async ({ url, requests }) => {
      const params = { limit: 100, 'filter[a&b]': 'x=y z/ü', all: true };
      await diarySource({ url: `${url}?a=b%20c&A=+&d`, params, cacheBuster: false }).poll();
      await diarySource({ url, params: { limit: 1 } }).poll();
      assert.equal(
        requests[0]?.url,
        '/api/data/log?a=b%20c&A=+&d&limit=100&filter%5Ba%26b%5D=x%3Dy%20z%2F%C3%BC&all=true',
      );
      assert.match(requests[1]?.url ?? '', /\?limit=1&_=/);
    });
  });

  it('sends the headers, in place of its own of the same name', async () => {
    await withServer(answering(200, '[]'), async ({ url, requests }) => {
      const headers = { 'X-Tenant': '42', Accept: 'application/vnd.api+json', 'USER-AGENT': 'ours/1' };
      await diarySource({ url, headers }).poll();
      const sent = requests[0]?.headers;
      assert.deepEqual(
        [sent?.['x-tenant'], sent?.accept, sent?.['user-agent']],
        ['42', 'application/vnd.api+json', 'ours/1'],
      );
    });
  });

  it('repeats a POST with its body where it is sent elsewhere on the same host', async () => {
    const bodies: string[] = [];
    const echo = listening(bodies);
    const listener: typeof echo = (request, response) =>
      request.url === '/api/data/log'
        ? response.writeHead(302, { location: '/v2/log' }).end()
        : echo(request, response);
    await withServer(listener, async ({ url, requests }) => {
      await diarySource({ url, method: 'POST', body: { a: 1 } }).poll();
      assert.deepEqual(
        requests.map(({ method, url: asked }: IncomingMessage) => `${method} ${asked}`),
        ['POST /api/data/log', 'POST /v2/log'],
      );
      assert.deepEqual(bodies, ['{"a":1}']);
    });
  });

  it('refuses a header that HTTP cannot carry, by its name and never with its value', () => {
    const url = 'http://127.0.0.1:9/';
    const wrong: [Record<string, string>, RegExp][] = [
      [{ 'X-Key': 'geheim\n' }, /the header x-key has a value.*line break/],
      [{ 'geheim geheim': '1' }, /the header of 13 characters has a name/],
      [{ 'Content-Length': '1' }, /content-length is set by the connection/],
      [{ 'X-Key': 'geheim', 'x-key': 'geheim' }, /x-key is given twice/],
    ];
    for (const [headers, message] of wrong)
      assert.throws(
        () => diarySource({ url, headers }),
        (error: Error & { code?: string }) =>
          error.code === 'Configuration' && message.test(error.message) && !/geheim/.test(error.message),
      );
  });

  it('waits for the head of an answer as long as was set, also beyond what is usual', () => {
    const address = parseAddress('http://127.0.0.1:9/', undefined);
    const waits = (timeoutMs?: number) =>
      createClient(address, { timeoutMs }).defaults.options.timeout.response;
    assert.deepEqual([waits(), waits(5_000), waits(45_000)], [20_000, 5_000, 45_000]);
  });

  it('gives a slow source the time that was set', async () => {
    const slow: RequestListener = (_request, response) =>
      void setTimeout(() => response.writeHead(200).end('[]'), 250);
    await withServer(slow, async ({ url }) => {
      await failing(diarySource({ url, timeoutMs: 100 }).poll(), 'SourceUnreachable', 'transient');
      assert.equal((await diarySource({ url, timeoutMs: 10_000 }).poll()).status, 200);
    });
  });
});
