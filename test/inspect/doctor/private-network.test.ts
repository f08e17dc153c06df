import { LOG_API } from '../../../src/dataset/presets.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import { DEMO_KEY } from '../../../examples/source-server/index.js';
import type { SourceSettings } from '../../../src/config/source.js';
import { diarySource } from '../../support/diary-source.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { checkSource } from '../../../src/inspect/doctor/source.js';
import { closed, listening } from '../../activities/fetch/with-server.js';
import { type Certificates, certificatesOrSkip } from '../../support/certificates.js';
import { ORIGIN } from './origin.js';

/** Starts an HTTPS server with a certificate of an authority that nobody knows, and a proxy that lets nobody through. */
describe('the look at a source within a private network', () => {
  let certificates: Certificates;
  const servers: Server[] = [];
  let secure: string;
  let proxy: string;
  before(async function () {
    certificates = await certificatesOrSkip(this);
    const { cert, key } = certificates.server;
    const tls = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) =>
      response.end('[]'),
    );
    const refusing = createHttpServer((_, response) => response.writeHead(407).end());
    refusing.on('connect', (_, socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'),
    );
    servers.push(tls, refusing);
    secure = `https://localhost:${await listening(tls)}/log`;
    proxy = `http://127.0.0.1:${await listening(refusing)}`;
  });
  after(async () => {
    for (const server of servers) await closed(server);
    certificates?.remove();
  });

  async function look(options: SourceSettings = {}): Promise<string> {
    const {
      checks: [check],
    } = await checkSource(
      diarySource({ url: secure, ...options }),
      () => Promise.resolve(createKeyRing([DEMO_KEY])),
      { declaration: LOG_API, pollMinMs: 1_000, pollMaxMs: 1_000, pollMode: 'paced', ...ORIGIN },
    );
    return `${check?.state}: ${check?.says} → ${check?.mend ?? ''}`;
  }

  it('says how to trust its authority, and nothing that leads elsewhere', async () => {
    const said = await look();
    assert.match(
      said,
      /^failed: .* authority that this machine does not know; .* FERNLAKE_SOURCE_CA_FILE .* → $/,
    );
    assert.match(await look({ caFiles: [certificates.authority.cert] }), /^warning: 0 elements in/);
  });

  it('says whose credentials a proxy refuses, and which proxy is not there', async () => {
    assert.match(
      await look({ proxy }),
      /^failed: .*by way of the proxy .* answered 407 .* credentials of the proxy/,
    );
    const gone = await look({ proxy: 'http://alice:s3cret@127.0.0.1:9' });
    assert.match(
      gone,
      /^failed: .*by way of the proxy http:\/\/127\.0\.0\.1:9\) .* refused .* → look whether/,
    );
    assert(!gone.includes('s3cret'));
  });
});
