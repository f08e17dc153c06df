import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { FernlakeError, messageOf } from '../../errors.js';
import type { Checks } from './health.js';

export interface HttpParts {
  readonly host: string;
  readonly port: number;
  /** Prometheus text. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** The worker's state, and whether a restart is what it needs. */
  readonly worker: () => { readonly state: string; readonly alive: boolean; readonly polling: boolean };
  readonly checks: () => Promise<Checks>;
}

export interface HttpPort {
  readonly url: string;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/**
 * `/metrics`, `/healthz` (is the process worth keeping: 503 asks for a restart) and `/readyz` (can it work now: 503 while
 * Temporal or the lake is away, which no restart mends). Both say of each part how it is. Throws `Configuration` when the
 * port is taken.
 */
export async function startHttp(parts: HttpParts): Promise<HttpPort> {
  const server = http.createServer((request, response) => {
    const send = ({ status, type, text }: Reply): void => {
      response.writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    replyTo(parts, request).then(send, (error: unknown) => send(plain(500, messageOf(error))));
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(parts, error)));
    server.listen({ host: parts.host, port: parts.port }, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function replyTo(parts: HttpParts, { method, url = '/' }: http.IncomingMessage): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD');
  const path = url.split('?', 1)[0];
  if (path === '/metrics') return { status: 200, ...(await parts.metrics()) };
  if (path === '/healthz') return await health(parts, ({ alive }) => alive);
  if (path === '/readyz') return await health(parts, ({ polling }, checks) => polling && allOk(checks));
  return plain(404, 'there are /metrics, /healthz and /readyz');
}

const allOk = (checks: Checks): boolean => Object.values(checks).every(({ ok }) => ok);

async function health(
  parts: HttpParts,
  judge: (worker: ReturnType<HttpParts['worker']>, checks: Checks) => boolean,
): Promise<Reply> {
  const checks = await parts.checks();
  const worker = parts.worker();
  const ok = judge(worker, checks);
  const body = { status: ok ? (allOk(checks) ? 'ok' : 'degraded') : 'failed', worker: worker.state, checks };
  return { status: ok ? 200 : 503, type: 'application/json', text: `${JSON.stringify(body)}\n` };
}

const plain = (status: number, text: string): Reply => ({
  status,
  type: 'text/plain; charset=utf-8',
  text: `${text}\n`,
});

function notListening({ host, port }: HttpParts, { code = 'unknown' }: NodeJS.ErrnoException): FernlakeError {
  const mend = code === 'EADDRINUSE' ? 'another process has it: choose another port' : 'check host and port';
  return new FernlakeError(
    'Configuration',
    'terminal',
    `FERNLAKE_HTTP_PORT: cannot listen on ${host}:${port} (${code}); ${mend}`,
    { details: { host, port, code } },
  );
}
