import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  createSourceServer,
  type RequiredAuth,
  type SourceServer,
} from '../../../examples/source-server/index.js';
import { diarySource } from '../../support/diary-source.js';
import type { SourceAuth } from '../../../src/config/source.js';
import { certificatesOrSkip } from '../../support/certificates.js';
import { failing } from '../../activities/fetch/failing.js';

const OAUTH = { type: 'oauth2_client_credentials', clientId: 'fern:lake', clientSecret: 'a&b c' } as const;
const KINDS: readonly { readonly auth: RequiredAuth; readonly wrong: SourceAuth }[] = [
  { auth: { type: 'bearer', token: 't' }, wrong: { type: 'bearer', token: 'u' } },
  {
    auth: { type: 'http_basic', username: 'alice', password: 'p:q' },
    wrong: { type: 'http_basic', username: 'alice', password: 'p' },
  },
  {
    auth: { type: 'api_key', name: 'X-Key', value: 'k', location: 'header' },
    wrong: { type: 'api_key', name: 'X-Key', value: 'k', location: 'query' },
  },
  {
    auth: { type: 'api_key', name: 'key', value: 'k &', location: 'query' },
    wrong: { type: 'api_key', name: 'key', value: 'k', location: 'query' },
  },
  { auth: OAUTH, wrong: { type: 'bearer', token: 'none' } },
];

/** What the client must be told to be let in. */
const clientOf = (auth: RequiredAuth, { tokenUrl }: SourceServer): SourceAuth =>
  auth.type === 'oauth2_client_credentials' ? { ...auth, accessTokenUrl: tokenUrl } : auth;

async function serving(
  options: Parameters<typeof createSourceServer>[0],
  test: (server: SourceServer) => Promise<void>,
): Promise<void> {
  const server = await createSourceServer(options);
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

/** Starts sample APIs and asks them by fernlake's own client. */
describe('the sample API that does not let everybody in', () => {
  for (const { auth, wrong } of KINDS)
    it(`lets in who shows ${auth.type}${'location' in auth ? ` in the ${auth.location}` : ''}, and nobody else`, async () => {
      await serving({ auth, history: 3 }, async (server) => {
        const { url } = server;
        const good = diarySource({ url, auth: clientOf(auth, server) });
        assert.equal((await good.poll()).envelopes.length, 3);
        for (const request of [{ url }, { url, auth: wrong }])
          await failing(diarySource(request).poll(), 'SourceRefused', 'terminal');
        assert.equal(server.requests(), 1);
      });
    });

  it('ends tokens when they expire, or are revoked: the client goes on', async () => {
    let now = Date.now();
    await serving({ auth: { ...OAUTH, expiresInSeconds: 60 }, nowMs: () => now }, async (server) => {
      const source = diarySource({
        url: server.url,
        auth: { ...OAUTH, accessTokenUrl: server.tokenUrl },
      });
      await source.poll();
      now += 61_000;
      await source.poll();
      server.revokeTokens();
      assert.equal((await source.poll()).status, 200);
      const wrong = { ...OAUTH, clientSecret: 'x', accessTokenUrl: server.tokenUrl };
      const poll = diarySource({ url: server.url, auth: wrong }).poll();
      assert.match((await failing(poll, 'SourceRefused', 'terminal')).message, /it says invalid_client/);
      const basic = {
        ...OAUTH,
        accessTokenUrl: server.tokenUrl,
        tokenEndpointAuthMethod: 'client_secret_basic',
      } as const;
      assert.equal((await diarySource({ url: server.url, auth: basic }).poll()).status, 200);
    });
  });

  it('wants to be asked by POST where it is told so', async () => {
    await serving({ method: 'POST' }, async ({ url }) => {
      assert.equal((await diarySource({ url, method: 'POST', body: { a: 1 } }).poll()).envelopes.length, 1);
      const { message } = await failing(diarySource({ url }).poll(), 'SourceRefused', 'terminal');
      assert.match(message, /answered 405 .* check the method \(GET or POST\)/);
    });
  });

  it('wants a client certificate of its authority', async function () {
    const certificates = await certificatesOrSkip(this);
    const { server: own, authority, client } = certificates;
    const [cert, key, clientAuthority] = [own.cert, own.key, authority.cert].map((file) =>
      readFileSync(file, 'utf8'),
    );
    try {
      await serving(
        { tls: { cert: cert ?? '', key: key ?? '', clientAuthority: clientAuthority ?? '' } },
        async ({ url }) => {
          assert.match(url, /^https:/);
          const request = { url, caFiles: [authority.cert] };
          const certificate = { certFile: client.cert, keyFile: client.key };
          assert.equal((await diarySource({ ...request, certificate }).poll()).envelopes.length, 1);
          await failing(diarySource(request).poll(), 'SourceUnreachable', 'transient');
        },
      );
    } finally {
      certificates.remove();
    }
  });
});
