import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { FernlakeError } from '../../src/errors.js';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** PEM texts. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates a client must show one of. */
  readonly clientAuthority?: string;
}

/** A server that listens. A route that throws costs its own connection, not the server. */
export async function listen(
  route: Route,
  port: number,
  host: string,
  tls: Certified | undefined,
): Promise<Server> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    route(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(onRequest) : secured(tls, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(unusable(error, port, host)));
    server.listen(port, host, resolve);
  });
  return server;
}

function secured(
  { cert, key, clientAuthority: ca }: Certified,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  return createSecureServer({ cert, key, ...clients }, onRequest);
}

/** An IPv6 address stands in brackets in a URL. */
export const shownHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function unusable(error: NodeJS.ErrnoException, port: number, host: string): FernlakeError {
  const taken = error.code === 'EADDRINUSE';
  const why = taken ? 'somebody else listens there' : (error.code ?? error.message);
  const mend = taken ? 'choose another port, or 0 for a free one' : 'choose another address';
  return new FernlakeError(
    'Configuration',
    'terminal',
    `the sample API cannot listen on ${host} port ${port}: ${why}; ${mend}`,
    {
      details: { host, port, code: error.code ?? 'unknown' },
      cause: error,
    },
  );
}
