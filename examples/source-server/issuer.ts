import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, refuse, send } from './respond.js';

export interface IssuerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default 3,600. */
  readonly expiresInSeconds?: number;
}

/** Hands out tokens to one client (OAuth 2.0, client credentials: RFC 6749, 4.4). */
export interface Issuer {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether this is the header of a token that is good still. */
  knows(authorization: string): boolean;
  /** No token that was handed out so far is good any more. */
  revoke(): void;
}

const EXPIRES_IN_SECONDS = 3_600;

export function createIssuer(options: IssuerOptions, nowMs: () => number): Issuer {
  const { clientId, clientSecret, expiresInSeconds = EXPIRES_IN_SECONDS } = options;
  const endsAtMs = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    const [id, secret] = shownIn(request.headers.authorization) ?? [
      form.get('client_id'),
      form.get('client_secret'),
    ];
    if (id !== clientId || secret !== clientSecret) return refuse(response, 401, 'invalid_client');
    if (form.get('grant_type') !== 'client_credentials')
      return refuse(response, 400, 'unsupported_grant_type');
    const token = randomUUID();
    endsAtMs.set(`Bearer ${token}`, nowMs() + expiresInSeconds * 1000);
    const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds });
    return send(response, { headers: { 'cache-control': 'no-store' }, body });
  }

  return {
    answer,
    knows: (authorization) => (endsAtMs.get(authorization) ?? 0) > nowMs(),
    revoke: () => endsAtMs.clear(),
  };
}

/** Client id and secret of a Basic header, each encoded as a form has it (RFC 6749, 2.3.1). */
function shownIn(authorization: string | undefined): string[] | undefined {
  const [, pair] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  if (pair === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(pair, 'base64').toString().split(':');
  return [id, secret].map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
}
