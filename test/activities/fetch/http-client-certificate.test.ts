import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AgentOptions, createServer as createTlsServer } from 'node:https';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { diarySource } from '../../support/diary-source.js';
import { type Certificate, type Certificates, certificatesOrSkip } from '../../support/certificates.js';
import { failing } from './failing.js';
import { closed, listening } from './with-server.js';

/** Starts HTTPS servers on loopback that want to know whom they serve. */
describe('the HTTP source with a client certificate', () => {
  let certificates: Certificates;
  before(async function () {
    certificates = await certificatesOrSkip(this);
  });
  after(() => certificates?.remove());

  const of = ({ cert, key }: Certificate) => ({ certFile: cert, keyFile: key });

  async function withStrictServer(
    test: (url: string, names: string[]) => Promise<void>,
    options: AgentOptions = {},
  ): Promise<void> {
    const { server, authority } = certificates;
    const names: string[] = [];
    const tls = createTlsServer(
      {
        cert: readFileSync(server.cert),
        key: readFileSync(server.key),
        ca: readFileSync(authority.cert),
        requestCert: true,
        rejectUnauthorized: true,
        ...(options as object),
      },
      ({ socket }, response) => {
        names.push(String((socket as TLSSocket).getPeerCertificate().subject.CN));
        response.writeHead(200).end('[]');
      },
    );
    try {
      await test(`https://localhost:${await listening(tls)}/log`, names);
    } finally {
      await closed(tls);
    }
  }

  it('shows it to a source that asks for one, beside the authority that it was given', async () => {
    await withStrictServer(async (url, names) => {
      const caFiles = [certificates.authority.cert];
      const source = diarySource({ url, caFiles, certificate: of(certificates.client) });
      assert.deepEqual((await source.poll()).envelopes, []);
      assert.deepEqual(names, ['client']);
    });
  });

  it('says that one is wanted', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      await withStrictServer(
        async (url) => {
          const caFiles = [certificates.authority.cert];
          const none = await failing(diarySource({ url, caFiles }).poll(), 'SourceUnreachable', 'transient');
          assert.match(none.message, /client certificate.* cert_file and key_file/);
        },
        { maxVersion },
      );
  });

  it('refuses files that cannot serve, by name and reason', () => {
    const { client, server } = certificates;
    const encrypted = path.join(path.dirname(client.key), 'locked.key');
    writeFileSync(
      encrypted,
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n',
    );
    const wrong: [{ certFile: string; keyFile: string }, RegExp][] = [
      [
        { certFile: '/no/such.pem', keyFile: client.key },
        /certificate in \/no\/such\.pem cannot be read \(ENOENT\)/,
      ],
      [{ certFile: client.cert, keyFile: '/no/such.key' }, /private key in \/no\/such\.key cannot be read/],
      [{ certFile: client.cert, keyFile: client.cert }, /holds no private key/],
      [{ certFile: client.cert, keyFile: server.key }, /does not serve the certificate in/],
      [{ certFile: client.cert, keyFile: encrypted }, /without a password/],
    ];
    for (const [certificate, message] of wrong)
      assert.throws(() => diarySource({ url: 'https://localhost:9/', certificate }), {
        code: 'Configuration',
        message,
      });
  });
});
