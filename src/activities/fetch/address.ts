import { FernlakeError } from '../../errors.js';

/** Where something is asked, in the two forms that are needed: one to ask with, one to show. */
export interface Address {
  readonly url: URL;
  /** Origin and path: no user name, no password, no query. */
  readonly shown: string;
  /** Origin of the proxy in between; undefined: none. */
  readonly via: string | undefined;
  readonly role: Role;
}

/** Whose address it is, and what sets it. */
export interface Role {
  readonly who: string;
  readonly setting: string;
}

export const SOURCE: Role = { who: 'the source', setting: 'the source URL' };

/** Throws FernlakeError `Configuration` (terminal) for anything but an http or https URL. Never echoes the text. */
export function parseAddress(text: string, proxy: string | undefined, role: Role = SOURCE): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `${role.setting} is not an http or https URL; it should look like https://host/path`,
    );
  }
  const via = proxy === undefined ? undefined : new URL(proxy).origin;
  return { url, shown: `${url.origin}${url.pathname}`, via, role };
}

/** What a failure begins with: also who stands in between, since the answer may be of that one. */
export const sourceWords = ({ shown, via, role }: Address): string =>
  `${role.who} ${shown}${via === undefined ? '' : ` (by way of the proxy ${via})`}`;
