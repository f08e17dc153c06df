import { FernlakeError } from '../../errors.js';

/** The source's address, in the two forms that are needed: one to ask with, one to show. */
export interface Address {
  readonly url: URL;
  /** Origin and path: no user name, no password, no query. */
  readonly shown: string;
  /** Origin of the proxy in between; undefined: none. */
  readonly via?: string;
}

/** Throws FernlakeError `Configuration` (terminal) for anything but an http or https URL. Never echoes the text. */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      'the source URL is not an http or https URL; it should look like https://host/api/data/log',
    );
  }
  return { url, shown: `${url.origin}${url.pathname}` };
}

/** What a failure begins with: also who stands in between, since the answer may be of that one. */
export const sourceWords = ({ shown, via }: Address): string =>
  `the source ${shown}${via === undefined ? '' : ` (by way of the proxy ${via})`}`;
