import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { diarySource } from '../../support/diary-source.js';
import { type Certificates, certificatesOrSkip } from '../../support/certificates.js';
import { failing } from './failing.js';
import { answering, closed, listening, withServer } from './with-server.js';

interface Proxy {
  readonly url: string;
  /** `GET http://…` and `CONNECT host:port`, in order. */
  readonly asked: readonly string[];
  readonly credentials: readonly (string | undefined)[];
  close(): Promise<void>;
}

/** A proxy on loopback that passes on what it is asked for; every name is this machine. */
async function startProxy(refuse = false): Promise<Proxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const tunnels = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    if (refuse) return void response.writeHead(407).end();
    const { port, pathname, search } = new URL(request.url ?? '');
    const headers = { ...request.headers, 'proxy-authorization': undefined };
    const target = {
      host: '127.0.0.1',
      port,
      path: `${pathname}${search}`,
      headers: { accept: headers.accept },
    };
    httpRequest(target, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    if (refuse)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    const port = Number(request.url?.split(':').at(-1));
    const tunnel = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    for (const each of [tunnel, socket]) tunnels.add(each.on('error', () => undefined));
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    credentials,
    close: async () => {
      for (const each of tunnels) each.destroy();
      await closed(server);
    },
  };
}

/** Starts proxies and HTTPS servers on loopback, with certificates of an authority that nobody knows. */
describe('the HTTP source, through a proxy and with a private authority', () => {
  let certificates: Certificates;
  let tls: Server;
  let secure: string;
  before(async function () {
    certificates = await certificatesOrSkip(this);
    const { cert, key } = certificates.server;
    tls = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answering(200, '[]'));
    secure = `https://localhost:${await listening(tls)}/log`;
  });
  after(async () => {
    if (tls) await closed(tls);
    certificates?.remove();
  });

  it('asks the proxy for http://, with its user and password', async () => {
    const proxy = await startProxy();
    try {
      await withServer(answering(200, '[]'), async ({ url }) => {
        const through = proxy.url.replace('http://', 'http://alice:s3cret@');
        // A name that only the proxy can resolve.
        const far = url.replace('127.0.0.1', 'api.far.invalid');
        const source = diarySource({ url: far, proxy: through });
        assert.deepEqual((await source.poll()).envelopes, []);
        assert.match(proxy.asked[0] ?? '', /^GET http:\/\/api\.far\.invalid:\d+\/api\/data\/log\?_=/);
        assert.equal(proxy.credentials[0], `Basic ${Buffer.from('alice:s3cret').toString('base64')}`);
      });
    } finally {
      await proxy.close();
    }
  });

  it('tunnels through it for https://, and trusts the authority it was given', async () => {
    const proxy = await startProxy();
    try {
      const caFiles = [certificates.authority.cert];
      const source = diarySource({ url: secure, proxy: proxy.url, caFiles });
      assert.deepEqual((await source.poll()).envelopes, []);
      assert.match(proxy.asked[0] ?? '', /^CONNECT localhost:\d+$/);
    } finally {
      await proxy.close();
    }
  });

  it('names the proxy where it is not there, and whose credentials it refuses', async () => {
    const source = diarySource({ url: secure, proxy: 'http://alice:s3cret@127.0.0.1:9' });
    const gone = await failing(source.poll(), 'SourceUnreachable', 'transient');
    assert.match(
      gone.message,
      /by way of the proxy http:\/\/127\.0\.0\.1:9\) cannot be reached: connection refused/,
    );
    assert.doesNotMatch(gone.message, /alice|s3cret/);
    const proxy = await startProxy(true);
    try {
      for (const url of [secure, 'http://api.far.invalid/log']) {
        const refused = diarySource({ url, proxy: proxy.url });
        const { message } = await failing(refused.poll(), 'SourceRefused', 'terminal');
        assert.match(message, /answered 407.*credentials of the proxy/);
      }
    } finally {
      await proxy.close();
    }
  });

  it('says what to set where the authority is not known, and then works', async () => {
    const { message } = await failing(diarySource({ url: secure }).poll(), 'SourceUnreachable', 'transient');
    assert.match(message, /authority that this machine does not know.*FERNLAKE_SOURCE_CA_FILE/);
    const trusting = diarySource({ url: secure, caFiles: [certificates.authority.cert] });
    assert.deepEqual((await trusting.poll()).envelopes, []);
    const stranger = diarySource({ url: secure, caFiles: [certificates.stranger.cert] });
    await failing(stranger.poll(), 'SourceUnreachable', 'transient');
  });

  it('refuses a file that holds no certificate, by name', () => {
    for (const file of ['/no/such/ca.pem', certificates.authority.key])
      assert.throws(() => diarySource({ url: secure, caFiles: [file] }), {
        code: 'Configuration',
        message: new RegExp(file),
      });
  });
});
