import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { OAuthClient } from '../../../src/config/source.js';
import { diarySource } from '../../support/diary-source.js';
import { failing } from './failing.js';
import { answering, hearing, withServer } from './with-server.js';

interface TokenRequest {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** Gives out token-1, token-2, …, each good for `expiresIn` seconds. */
function tokenEndpoint(asked: TokenRequest[], expiresIn?: number | string) {
  const ask = (body: string, { headers: { authorization } }: IncomingMessage): void => {
    asked.push({ authorization, form: Object.fromEntries(new URLSearchParams(body)) });
  };
  return hearing(ask, (_request, response: ServerResponse) => {
    const token = { access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: expiresIn };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  });
}

const sentTo = (requests: readonly IncomingMessage[]) => requests.map(({ headers }) => headers.authorization);

const CLIENT = {
  type: 'oauth2_client_credentials',
  clientId: 'fern:lake',
  clientSecret: 'geheim&4711',
} as const;
const clientAt = (accessTokenUrl: string): OAuthClient => ({ ...CLIENT, accessTokenUrl });

describe('the HTTP source with a token of OAuth 2.0', () => {
  it('fetches it once, as it is told to, and sends it until shortly before its end', async () => {
    const asked: TokenRequest[] = [];
    await withServer(tokenEndpoint(asked, 3600), async (issuer) => {
      await withServer(answering(200, '[]'), async ({ url, requests }) => {
        const accessTokenRequestData = { scope: 'logs:read', audience: 'https://api.example.com/' };
        const source = diarySource({ url, auth: { ...clientAt(issuer.url), accessTokenRequestData } });
        for (let i = 0; i < 3; i++) await source.poll();
        assert.deepEqual(sentTo(requests), ['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
        assert.deepEqual(asked, [
          {
            authorization: undefined,
            form: {
              grant_type: 'client_credentials',
              client_id: 'fern:lake',
              client_secret: 'geheim&4711',
              ...accessTokenRequestData,
            },
          },
        ]);
      });
    });
  });

  it('names the client in a header where the endpoint wants that, each part encoded as a form has it', async () => {
    const asked: TokenRequest[] = [];
    await withServer(tokenEndpoint(asked), async (issuer) => {
      await withServer(answering(200, '[]'), async ({ url }) => {
        const auth = { ...clientAt(issuer.url), tokenEndpointAuthMethod: 'client_secret_basic' } as const;
        await diarySource({ url, auth }).poll();
        const basic = Buffer.from('fern%3Alake:geheim%264711').toString('base64');
        assert.equal(asked[0]?.authorization, `Basic ${basic}`);
        assert.equal(asked[0]?.form['client_secret'], undefined);
      });
    });
  });

  it('fetches it anew once it has expired, also where the time is said as text', async () => {
    for (const expiresIn of [0.1, '0.1']) {
      const asked: TokenRequest[] = [];
      await withServer(tokenEndpoint(asked, expiresIn), async (issuer) => {
        await withServer(answering(200, '[]'), async ({ url, requests }) => {
          const source = diarySource({ url, auth: clientAt(issuer.url) });
          await source.poll();
          await new Promise((resolve) => setTimeout(resolve, 120));
          await source.poll();
          assert.deepEqual(sentTo(requests), ['Bearer token-1', 'Bearer token-2']);
        });
      });
    }
  });

  it('fetches it once more where the source no longer takes it, and asks again at once', async () => {
    const asked: TokenRequest[] = [];
    const revoked = new Set<string>();
    const source401: RequestListener = ({ headers }, response) =>
      void response.writeHead(revoked.has(headers.authorization ?? '') ? 401 : 200).end('[]');
    await withServer(tokenEndpoint(asked), async (issuer) => {
      await withServer(source401, async ({ url, requests }) => {
        const source = diarySource({ url, auth: clientAt(issuer.url) });
        await source.poll();
        revoked.add('Bearer token-1');
        await source.poll();
        assert.deepEqual(sentTo(requests), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
        // A token that is new and is not taken either: a refusal, and no third one.
        for (const token of ['token-2', 'token-3']) revoked.add(`Bearer ${token}`);
        const { message } = await failing(source.poll(), 'SourceRefused', 'terminal');
        assert.match(message, /answered 401 .* a token was sent that the token endpoint has just given out/);
        assert.deepEqual(sentTo(requests).slice(3), ['Bearer token-2', 'Bearer token-3']);
        await source.poll();
        assert.equal(sentTo(requests).at(-1), 'Bearer token-4');
      });
    });
  });

  it('says what the endpoint refuses, without id or secret, and leaves the source alone', async () => {
    const refusals: [number, string, 'SourceRefused' | 'SourceAnswer', RegExp][] = [
      [
        401,
        '{"error":"invalid_client"}',
        'SourceRefused',
        /answered 401 .*; it says invalid_client: client id and/,
      ],
      [
        400,
        '{"error":"invalid_scope"}',
        'SourceRefused',
        /answered 400 .*; it says invalid_scope: client id and/,
      ],
      [
        400,
        '{"error":"geheim&4711 is wrong"}',
        'SourceRefused',
        /; client id and secret were sent: check both/,
      ],
      [404, 'no', 'SourceRefused', /check access_token_url/],
      [503, 'busy', 'SourceAnswer', /answered 503 .* it will be asked again/],
      [200, '{"token":"geheim&4711"}', 'SourceAnswer', /with the key token .*where an access_token/],
      [200, '<html>', 'SourceAnswer', /an HTML page .*where an access_token/],
    ];
    for (const [status, body, code, message] of refusals)
      await withServer(answering(status, body), async (issuer) => {
        await withServer(answering(200, '[]'), async ({ url, requests }) => {
          const poll = diarySource({ url, auth: clientAt(`${issuer.url}?k=geheim`) }).poll();
          const error = await failing(poll, code, code === 'SourceRefused' ? 'terminal' : 'transient');
          assert.match(error.message, message);
          assert.ok(error.message.startsWith(`the token endpoint ${issuer.url} `), error.message);
          assert.doesNotMatch(JSON.stringify([error, error.message, error.cause]), /geheim|fern:lake/);
          assert.equal(requests.length, 0);
        });
      });
  });

  it('says that the endpoint is not there, or does not answer in time', async () => {
    const gone = diarySource({
      url: 'http://127.0.0.1:9/log',
      auth: clientAt('http://127.0.0.1:9/token'),
    });
    const { message } = await failing(gone.poll(), 'SourceUnreachable', 'transient');
    assert.match(
      message,
      /^the token endpoint http:\/\/127\.0\.0\.1:9\/token cannot be reached: connection refused/,
    );
    await withServer(
      () => undefined,
      async ({ url }) => {
        const auth = clientAt(url);
        const late = diarySource({ url: 'http://127.0.0.1:9/log', auth, timeoutMs: 100 });
        const { message: said } = await failing(late.poll(), 'SourceUnreachable', 'transient');
        assert.match(said, /^the (token endpoint|source) /);
      },
    );
  });

  it('ends with its signal while it waits for the token', async () => {
    await withServer(
      () => undefined,
      async ({ url }) => {
        const controller = new AbortController();
        const poll = diarySource({ url: 'http://127.0.0.1:9/log', auth: clientAt(url) }).poll(
          controller.signal,
        );
        controller.abort();
        await assert.rejects(poll, { name: 'AbortError' });
      },
    );
  });

  it('keeps secret and token from another host that it is sent to', async () => {
    await withServer(answering(200, '[]'), async (other) => {
      const away = answering(307, '', { location: other.url });
      const asked: TokenRequest[] = [];
      await withServer(tokenEndpoint(asked), async (issuer) => {
        await withServer(away, async ({ url }) => {
          const auth = clientAt(issuer.url);
          await failing(diarySource({ url, auth }).poll(), 'SourceRefused', 'terminal');
          const moved = diarySource({ url: issuer.url, auth: clientAt(url) }).poll();
          const { message } = await failing(moved, 'SourceRefused', 'terminal');
          assert.match(
            message,
            /^the token endpoint .* which is not followed; if that is right, set access_token_url/,
          );
        });
      });
      assert.equal(other.requests.length, 0);
    });
  });
});
