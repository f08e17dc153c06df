import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Runs `test` against a real server on a free port of this machine, and closes it with all its connections. */
export async function withServer(
  listener: Listener,
  test: (server: TestServer) => Promise<void>,
): Promise<void> {
  const requests: IncomingMessage[] = [];
  const onRequest: RequestListener = (request, response) => {
    requests.push(request);
    void listener(request, response);
  };
  const server = createServer(onRequest);
  const port = await listening(server);
  try {
    await test({ url: `http://127.0.0.1:${port}/api/data/log`, requests });
  } finally {
    await closed(server);
  }
}

/** The free port of this machine that it has got. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** With all its connections. */
export async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await done;
}

/** Tells what came in, and then answers as `listener` does. */
export const hearing =
  (heard: (body: string, request: IncomingMessage) => void, listener: Listener): Listener =>
  async (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(request, 'end');
    heard(text, request);
    return listener(request, response);
  };

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
