import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What becomes of one request; `forward` where nothing is said. */
export type Fate =
  | { readonly kind: 'forward' }
  /** Answered here, in S3's words; the server never sees it. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The connection breaks; `forwarded` or not, the client cannot tell. */
  | { readonly kind: 'break'; readonly forwarded: boolean }
  /** No answer, ever. */
  | { readonly kind: 'stall' }
  /** The body of the answer, spoilt: a bit of it turned, or cut off in the middle. */
  | { readonly kind: 'spoil'; readonly how: 'turn' | 'cut' };

export interface S3Proxy {
  readonly endpoint: string;
  /** `METHOD /path?query` of every request that came. */
  readonly seen: string[];
  /** Asked once for every request; may wait. */
  decide: (request: string) => Fate | undefined | Promise<Fate | undefined>;
  stop(): Promise<void>;
}

/** A way to the server on which things go wrong. It keeps the Host header, which is signed. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(target);
  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const proxy: S3Proxy = {
    endpoint: '',
    seen: [],
    decide: () => undefined,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const what = `${request.method} ${request.url}`;
    proxy.seen.push(what);
    const fate = (await proxy.decide(what)) ?? { kind: 'forward' };
    if (fate.kind === 'stall') return;
    if (fate.kind === 'break' && !fate.forwarded) return void request.socket.destroy();
    if (fate.kind === 'answer') {
      await text(request);
      response.writeHead(fate.status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${fate.code}</Code><Message>as told</Message></Error>`);
      return;
    }
    const { method, url: path, headers } = request;
    const onward = http.request({ hostname, port, method, path, headers });
    request.pipe(onward);
    const [answer] = (await once(onward, 'response')) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (fate.kind === 'break') return void request.socket.destroy();
    if (fate.kind === 'spoil' && fate.how === 'turn' && body.length > 0)
      body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1);
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fate.kind === 'spoil' && fate.how === 'cut') {
      response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
      return;
    }
    response.end(body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return Object.assign(proxy, { endpoint: `http://127.0.0.1:${own}` });
}
