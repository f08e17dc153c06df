import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
}

/** Runs `test` against a real server on a free port of this machine, and closes it with all its connections. */
export async function withServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  test: (server: TestServer) => Promise<void>,
): Promise<void> {
  const requests: IncomingMessage[] = [];
  const onRequest: RequestListener = (request, response) => {
    requests.push(request);
    void listener(request, response);
  };
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await test({ url: `http://127.0.0.1:${port}/api/data/log`, requests });
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

/** Answers every request with the same status, headers and body. */
export function answering(
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}
