import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FernlakeError } from '../../src/errors.js';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server that listens. A route that throws costs its own connection, not the server. */
export async function listen(route: Route, port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    route(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(unusable(error, port, host)));
    server.listen(port, host, resolve);
  });
  return server;
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
