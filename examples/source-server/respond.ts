import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Misbehaviour } from './misbehaviour.js';

/** An answer to send as it is. */
export interface RawAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface RespondOptions {
  readonly retryAfterSeconds: number;
}

const BODY_BYTES_MAX = 64 * 1024;

/** Tells a page of a proxy from an answer of the API, as the real one's proxy did. */
const PAGE = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;

const TITLES: Readonly<Record<string, string>> = {
  '400': '400 Bad Request',
  '401': '401 Authorization Required',
  '403': '403 Forbidden',
  '404': '404 Not Found',
  '408': '408 Request Time-out',
  '425': '425 Too Early',
  '429': '429 Too Many Requests',
  '500': '500 Internal Server Error',
  '502': '502 Bad Gateway',
  '503': '503 Service Temporarily Unavailable',
  '504': '504 Gateway Time-out',
};

/** Of a request; nothing behind the limit is read. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > BODY_BYTES_MAX) break;
  }
  return text;
}

/** Sends the answer; gives up quietly when the client has gone. */
export async function send(response: ServerResponse, answer: RawAnswer): Promise<void> {
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
  if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
    response.end(answer.body);
    return;
  }
  await pipeline(answer.body, response).catch(() => response.destroy());
}

/** Says no, in one word or sentence. */
export const refuse = (response: ServerResponse, status: number, error: string): Promise<void> =>
  send(response, { status, body: JSON.stringify({ error }) });

/** Misbehaves; `json` is the answer that a good server would have sent. `slow` and `stalled` are not known here. */
export async function misbehave(
  response: ServerResponse,
  behaviour: Exclude<Misbehaviour, 'slow' | 'stalled'>,
  json: string,
  options: RespondOptions,
): Promise<void> {
  const html = { 'content-type': 'text/html' };
  switch (behaviour) {
    case 'html':
      return send(response, { headers: html, body: PAGE('Service temporarily unavailable') });
    case 'truncated':
      return send(response, { body: json.slice(0, Math.floor(json.length / 2)) });
    case 'empty':
      return send(response, { body: '' });
    case 'object':
      return send(response, { body: '{"message":"try again later"}' });
    case 'redirect':
      return send(response, { status: 302, headers: { location: 'http://login.example.com/' }, body: '' });
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silent':
      await once(response, 'close');
      return;
    default: {
      const patience = behaviour === '503' || behaviour === '429';
      const headers = patience ? { ...html, 'retry-after': String(options.retryAfterSeconds) } : html;
      return send(response, {
        status: Number(behaviour),
        headers,
        body: PAGE(TITLES[behaviour] ?? behaviour),
      });
    }
  }
}
