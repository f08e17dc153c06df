import type { PagesRequest, SourceRequest } from '../../config/source.js';
import { headersOf } from './headers.js';
import type { Pass } from './pass.js';
import type { PageQuestion } from './port.js';

/** One request as it is sent: complete, and all of it may be secret. */
export interface Question {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Asked = Pick<SourceRequest, 'method' | 'body' | 'headers' | 'params' | 'cacheBuster' | 'incremental'>;

const CACHE_BUSTER_DEFAULT = '_';

/** Name of the parameter against caches. None answers a POST (RFC 9110, 9.3.3), so there it is sent on demand alone. */
export const cacheBusterOf = ({ method, cacheBuster }: Asked): string | false =>
  cacheBuster ?? (method === 'POST' ? false : CACHE_BUSTER_DEFAULT);

/**
 * Makes each request anew, with a parameter that none had before. What goes on all requests is written and checked once.
 * Throws FernlakeError `Configuration` for a header that HTTP cannot carry, by name alone.
 */
export function createQuestions(address: URL, asked: Asked): (pass: Pass, page?: PageQuestion) => Question {
  const { method = 'GET' } = asked;
  const body = method === 'POST' ? bodyText(asked.body) : undefined;
  const headers = { ...contentType(asked.body, body), ...headersOf(asked.headers ?? {}) };
  const params = Object.entries(asked.params ?? {});
  const cacheBuster = cacheBusterOf(asked);
  let count = 0;
  return (pass, page = {}) => {
    const fresh = cacheBuster === false ? [] : [[cacheBuster, unique(count++)] as const];
    return {
      url: withParams(address, [...params, ...pageParams(asked.incremental, page), ...pass.params, ...fresh]),
      method,
      headers: { ...headers, ...pass.headers },
      body,
    };
  };
}

/** Whoever pages by cursor says from which id on, and how many, at every page: as dlt's cursor paginator does. */
function pageParams(
  pages: PagesRequest | undefined,
  { start, cursor }: PageQuestion,
): (readonly [string, string | number])[] {
  const named = (name: string | null | undefined, value: string | number | null | undefined) =>
    typeof name === 'string' && (typeof value === 'string' || typeof value === 'number')
      ? [[name, value] as const]
      : [];
  return [
    ...named(pages?.limitParam, pages?.limit),
    ...named(pages?.startParam, start),
    ...named(pages?.cursorParam, cursor),
  ];
}

const bodyText = (body: string | object = ''): string =>
  typeof body === 'string' ? body : JSON.stringify(body);

/** Of a text it is guessed, as the headers may say it better. */
function contentType(body: string | object | undefined, text: string | undefined): Record<string, string> {
  const isJson = text !== undefined && (typeof body === 'object' || /^\s*[[{]/.test(text));
  return isJson ? { 'content-type': 'application/json' } : {};
}

const unique = (count: number): string => `${Date.now().toString(36)}-${count.toString(36)}`;

/** Appended as text: to rebuild the query would spell the user's own parameters anew. */
function withParams(address: URL, params: readonly (readonly [string, string | number | boolean])[]): URL {
  const url = new URL(address);
  if (params.length === 0) return url;
  const text = params
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  url.search = url.search === '' ? `?${text}` : `${url.search}&${text}`;
  return url;
}
