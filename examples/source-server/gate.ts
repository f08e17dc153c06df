import type { IncomingMessage } from 'node:http';
import type { OAuthClient, SourceAuth } from '../../src/config/source.js';
import { createIssuer, type Issuer, type IssuerOptions } from './issuer.js';

/** What a request must show to be let in: as a client is told it, and what the token endpoint of this very server hands out. */
export type RequiredAuth =
  Exclude<SourceAuth, OAuthClient> | ({ readonly type: 'oauth2_client_credentials' } & IssuerOptions);

export interface Gate {
  /** Whether the request shows what is required. */
  lets(request: IncomingMessage, params: URLSearchParams): boolean;
  /** The token endpoint, where there is one. */
  readonly issuer: Issuer | undefined;
}

export function createGate(auth: RequiredAuth | undefined, nowMs: () => number): Gate {
  const issuer = auth?.type === 'oauth2_client_credentials' ? createIssuer(auth, nowMs) : undefined;
  const lets = ({ headers }: IncomingMessage, params: URLSearchParams): boolean => {
    switch (auth?.type) {
      case undefined:
        return true;
      case 'bearer':
        return headers.authorization === `Bearer ${auth.token}`;
      case 'http_basic': {
        const pair = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
        return headers.authorization === `Basic ${pair}`;
      }
      case 'api_key':
        return auth.location === 'header'
          ? headers[auth.name.toLowerCase()] === auth.value
          : params.get(auth.name) === auth.value;
      case 'oauth2_client_credentials':
        return issuer?.knows(headers.authorization ?? '') === true;
    }
  };
  return { lets, issuer };
}
