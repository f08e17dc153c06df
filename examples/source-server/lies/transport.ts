import { gzipSync } from 'node:zlib';
import type { FailureCode, FailureKind } from '../../../src/domain/errors.js';
import type { RawAnswer } from '../respond.js';
import { failing, type Lie, type Stage } from './lie.js';

type Failure = readonly [FailureCode, FailureKind];
const AGAIN: Failure = ['SourceAnswer', 'transient'];
const REFUSED: Failure = ['SourceRefused', 'terminal'];
const BROKEN: Failure = ['SourceUnreachable', 'transient'];

const page = (title: string): string =>
  `<html><head><title>${title}</title></head><body>${title}</body></html>`;
const body = (text: string) => (): RawAnswer => ({ body: text });
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (): RawAnswer => ({
    status: code,
    headers: { 'content-type': 'text/html', ...headers },
    body: page(String(code)),
  });
const array = (stage: Stage): string => JSON.stringify(Array.from({ length: 10 }, (_, i) => stage.good(i)));
const gzipped = (bytes: Uint8Array): RawAnswer => ({ headers: { 'content-encoding': 'gzip' }, body: bytes });

/** Statuses, bodies that are no JSON array, connections that break. */
export const TRANSPORT_LIES: readonly Lie[] = [
  failing('html-with-200', 'an HTML page with status 200', AGAIN, body(page('Maintenance'))),
  failing('empty-body', 'nothing, with status 200', AGAIN, body('')),
  failing('white-space', 'white space', AGAIN, body(' \r\n\t')),
  failing('truncated-json', 'the first half of the array', AGAIN, (stage) => ({
    body: array(stage).slice(0, 1_500),
  })),
  failing('object', 'a JSON object', AGAIN, body('{"records":[]}')),
  failing('null', 'null', AGAIN, body('null')),
  failing('string', 'a JSON string that holds an array', AGAIN, body('"[]"')),
  failing('number', 'a number', AGAIN, body('42')),
  failing('nan', 'NaN in the array', AGAIN, (stage) => ({
    body: array(stage).replace(/"ArrivalTimeStamp":[\d.]+/, '"ArrivalTimeStamp":NaN'),
  })),
  failing('two-arrays', 'two arrays, one after the other', AGAIN, (stage) => ({
    body: array(stage) + array(stage),
  })),
  failing('ndjson', 'one record a line, without the array', AGAIN, (stage) => ({
    body: array(stage).slice(1, -1).replaceAll('},{', '}\n{'),
  })),
  failing('python-list', 'the array in Python quotes', AGAIN, (stage) => ({
    body: array(stage).replaceAll('"', "'"),
  })),
  failing('trailing-comma', 'an array with a comma at its end', AGAIN, (stage) => ({
    body: array(stage).replace(/\]$/, ',]'),
  })),
  failing('byte-order-mark', 'a byte order mark before the array', AGAIN, (stage) => ({
    body: `\uFEFF${array(stage)}`,
  })),
  failing('utf-16', 'the array in UTF-16', AGAIN, (stage) => ({
    body: Buffer.from(array(stage), 'utf16le'),
  })),
  failing('javascript', 'a script that would give the array', AGAIN, (stage) => ({
    body: `callback(${array(stage)})`,
  })),
  failing('gzip-truncated', 'a gzip stream that ends too soon', AGAIN, (stage) =>
    gzipped(gzipSync(array(stage)).subarray(0, 300)),
  ),
  failing('gzip-in-name-only', 'plain text that calls itself gzip', AGAIN, (stage) =>
    gzipped(Buffer.from(array(stage))),
  ),
  failing('broken-off', 'half of the array, and then the connection breaks', BROKEN, (stage) => ({
    body: brokenOff(array(stage)),
  })),
  failing('no-content', '204 without a body', AGAIN, () => ({ status: 204, body: '' })),
  failing('408', '408', AGAIN, status(408)),
  failing('425', '425', AGAIN, status(425)),
  failing('429', '429 with Retry-After', AGAIN, status(429, { 'retry-after': '1' })),
  failing('500', '500', AGAIN, status(500)),
  failing('502', '502 with a page of the proxy', AGAIN, status(502)),
  failing(
    '503',
    '503 with Retry-After as a date',
    AGAIN,
    status(503, { 'retry-after': 'Thu, 20 Apr 2023 13:00:00 GMT' }),
  ),
  failing(
    '503-for-a-year',
    '503 with Retry-After of a year',
    AGAIN,
    status(503, { 'retry-after': '31536000' }),
  ),
  failing('504', '504', AGAIN, status(504)),
  failing('502-with-records', '502 with an array of good records', AGAIN, (stage) => ({
    status: 502,
    body: array(stage),
  })),
  failing('400', '400', REFUSED, status(400)),
  failing('401', '401', REFUSED, status(401)),
  failing('403', '403', REFUSED, status(403)),
  failing('404', '404', REFUSED, status(404)),
  failing('410', '410', REFUSED, status(410)),
  failing(
    'redirect-elsewhere',
    'a redirect to another host',
    REFUSED,
    status(302, { location: 'http://elsewhere.example/' }),
  ),
  failing(
    'redirect-in-a-circle',
    'a redirect to itself',
    REFUSED,
    status(302, { location: '/api/data/log' }),
  ),
  failing(
    'redirect-to-a-file',
    'a redirect to a file of the client',
    REFUSED,
    status(302, { location: 'file:///etc/passwd' }),
  ),
];

/** The server gives the connection up when the body throws. */
async function* brokenOff(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.slice(0, text.length / 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw new Error('the connection breaks here');
}
