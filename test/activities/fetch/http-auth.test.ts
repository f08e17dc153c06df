import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { SourceAuth, SourceRequest } from '../../../src/config/source.js';
import { diarySource } from '../../support/diary-source.js';
import { toFailure } from '../../../src/activities/failures.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

const SECRET = 'geheim-4711';
const KINDS: readonly {
  readonly name: string;
  readonly auth: SourceAuth;
  /** What the server must get: a header, or a part of the query. */
  readonly sent: (headers: Readonly<Record<string, unknown>>, query: URLSearchParams) => unknown;
  readonly expected: string;
  readonly advice: RegExp;
}[] = [
  {
    name: 'a bearer token',
    auth: { type: 'bearer', token: SECRET },
    sent: (headers) => headers['authorization'],
    expected: `Bearer ${SECRET}`,
    advice: /a bearer token was sent: check it$/,
  },
  {
    name: 'an API key in a header',
    auth: { type: 'api_key', name: 'X-Api-Key', value: SECRET, location: 'header' },
    sent: (headers) => headers['x-api-key'],
    expected: SECRET,
    advice: /an API key was sent in a header: check it, and the header's name$/,
  },
  {
    name: 'an API key in the query',
    auth: { type: 'api_key', name: 'key', value: `${SECRET}&x=1`, location: 'query' },
    sent: (_headers, query) => query.get('key'),
    expected: `${SECRET}&x=1`,
    advice: /an API key was sent among the parameters: check it, and the parameter's name$/,
  },
  {
    name: 'a user name and a password',
    auth: { type: 'http_basic', username: 'alice', password: `${SECRET}:ü` },
    sent: (headers) => headers['authorization'],
    expected: `Basic ${Buffer.from(`alice:${SECRET}:ü`).toString('base64')}`,
    advice: /a user name and a password were sent \(HTTP Basic\): check both$/,
  },
];

/** All that is told of a failure, here and to Temporal. */
const toldOf = (error: Error): string =>
  JSON.stringify([error.message, error, error.cause, error.stack, toFailure(error)]);

describe('the HTTP source with credentials', () => {
  for (const { name, auth, sent, expected, advice } of KINDS) {
    it(`sends ${name} with each request`, async () => {
      await withServer(answering(200, '[]'), async ({ url, requests }) => {
        const source = diarySource({ url, auth });
        for (let i = 0; i < 2; i++) await source.poll();
        for (const { headers, url: asked = '' } of requests)
          assert.equal(sent(headers, new URL(asked, url).searchParams), expected);
      });
    });

    it(`names ${name} where it is refused, and never its value`, async () => {
      for (const status of [401, 403])
        await withServer(answering(status, `{"error": "${SECRET} is no key"}`), async ({ url, requests }) => {
          const error = await failing(diarySource({ url, auth }).poll(), 'SourceRefused', 'terminal');
          assert.match(error.message, advice);
          assert.doesNotMatch(toldOf(error), /geheim|Z2VoZWlt/);
          assert.equal(requests.length, 1);
        });
    });

    it(`keeps ${name} from another host that it is sent to, and all else that it says of itself`, async () => {
      await withServer(answering(200, '[]'), async (other) => {
        const away = answering(302, '', { location: other.url.replace('127.0.0.1', 'localhost') });
        for (const method of ['GET', 'POST'] as const)
          await withServer(away, async ({ url }) => {
            const source = diarySource({
              url,
              auth,
              method,
              body: { SECRET },
              headers: { cookie: SECRET },
            });
            const error = await failing(source.poll(), 'SourceRefused', 'terminal');
            assert.match(error.message, /redirects to http:\/\/localhost:\d+, which is not followed/);
            assert.doesNotMatch(toldOf(error), /geheim|Z2VoZWlt/);
          });
        assert.deepEqual(other.requests.length, 0);
      });
    });

    it(`shows nothing of ${name} where nobody answers, or what answers is no array`, async () => {
      const request: Omit<SourceRequest, 'url'> = {
        auth,
        headers: { 'x-secret': SECRET },
        params: { token: SECRET },
      };
      const nobody = diarySource({ url: 'http://127.0.0.1:9/log', ...request }).poll();
      assert.doesNotMatch(toldOf(await failing(nobody, 'SourceUnreachable', 'transient')), /geheim|Z2VoZWlt/);
      const echo: RequestListener = ({ url, headers }, response) =>
        void response.end(JSON.stringify({ [SECRET]: url, headers }));
      await withServer(echo, async ({ url }) => {
        const error = await failing(diarySource({ url, ...request }).poll(), 'SourceAnswer', 'transient');
        assert.doesNotMatch(toldOf(error), /geheim|Z2VoZWlt/);
      });
    });
  }

  it('takes the credentials elsewhere on the same host', async () => {
    const listener: RequestListener = ({ url }, response) =>
      void (url?.startsWith('/v2')
        ? response.end('[]')
        : response.writeHead(307, { location: '/v2/log' }).end());
    await withServer(listener, async ({ url, requests }) => {
      await diarySource({ url, auth: { type: 'bearer', token: SECRET } }).poll();
      assert.equal(requests[1]?.headers.authorization, `Bearer ${SECRET}`);
    });
  });

  it('refuses credentials that get in each other’s way, or do not fit into a header', () => {
    const url = 'http://127.0.0.1:9/';
    const bearer = { type: 'bearer', token: SECRET } as const;
    const wrong: [SourceRequest, RegExp][] = [
      [{ url: 'http://alice:geheim@127.0.0.1:9/', auth: bearer }, /user name or a password, and auth is set/],
      [{ url, auth: bearer, headers: { Authorization: 'geheim' } }, /among headers as well/],
      [{ url, auth: { ...bearer, token: `${SECRET}\n` } }, /the bearer token cannot be sent.*line break/],
      [
        { url, auth: { type: 'api_key', name: SECRET + ' x', value: '1', location: 'header' } },
        /the API key cannot be sent/,
      ],
    ];
    for (const [request, message] of wrong)
      assert.throws(
        () => diarySource(request),
        (error: Error & { code?: string }) =>
          error.code === 'Configuration' && message.test(error.message) && !/geheim/.test(error.message),
      );
  });

  it('says what was sent where no auth is set', async () => {
    await withServer(answering(401, ''), async ({ url }) => {
      const { message } = await failing(
        diarySource({ url, headers: { 'X-Key': SECRET } }).poll(),
        'SourceRefused',
        'terminal',
      );
      assert.match(message, /no auth is set for the source: .* its headers and params$/);
    });
  });
});
