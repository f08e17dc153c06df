import { gzipSync } from 'node:zlib';
import type { FailureCode, FailureKind } from '../../../src/errors.js';
import type { RawAnswer } from '../respond.js';
import { BAD, failing, GOOD, JsonText, kept, landingAll, type Lie, quarantined, type Stage } from './lie.js';

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
const gzipped = (bytes: Uint8Array, encoding = 'gzip'): RawAnswer => ({
  headers: { 'content-encoding': encoding },
  body: bytes,
});

/** One element with something that is no JSON, among nine good ones. */
const notJson = (name: string, serves: string, text: string): Lie =>
  quarantined(name, serves, 'malformed-envelope', (stage) => {
    const { recordId, data } = stage.good(BAD);
    return new JsonText(`{"recordId":${recordId},${text},"data":"${data}"}`);
  });

/** Statuses, bodies that are no JSON array, connections that break. */
export const TRANSPORT_LIES: readonly Lie[] = [
  kept('html-with-200', 'an HTML page with status 200', AGAIN, body(page('Maintenance'))),
  kept('empty-body', 'nothing, with status 200', AGAIN, body(''), { quarantined: {} }),
  kept('white-space', 'white space', AGAIN, body(' \r\n\t'), { quarantined: {} }),
  kept(
    'truncated-json',
    'the first half of the array',
    AGAIN,
    (stage) => ({ body: array(stage).slice(0, array(stage).indexOf('},{') + 40) }),
    { landed: 1, quarantined: { 'malformed-envelope': 1 } },
  ),
  kept('object', 'a JSON object', AGAIN, body('{"records":[]}')),
  {
    name: 'null',
    serves: 'null, as Go writes a list without elements',
    expected: { kind: 'taken', landed: 0, duplicates: 0, quarantined: {} },
    answer: body('null'),
  },
  kept('string', 'a JSON string that holds an array', AGAIN, body('"[]"')),
  kept('number', 'a number', AGAIN, body('42')),
  notJson('json-nan', 'NaN for a time', '"ArrivalTimeStamp":NaN'),
  notJson('json-infinity', 'Infinity for a time', '"ArrivalTimeStamp":Infinity'),
  notJson('json-raw-tab', 'a raw tab in a string', '"note":"a\tb"'),
  notJson('json-raw-line-break', 'a raw line break in a string', '"note":"a\nb"'),
  {
    name: 'two-arrays',
    serves: 'an array, and another one behind it',
    expected: { kind: 'taken', landed: GOOD + 1, duplicates: 0, quarantined: { 'malformed-envelope': 1 } },
    answer: (stage) => ({ body: `${array(stage)}[]` }),
  },
  kept('ndjson', 'one record a line, without the array', AGAIN, (stage) => ({
    body: array(stage).slice(1, -1).replaceAll('},{', '}\n{'),
  })),
  kept(
    'python-list',
    'the array in Python quotes',
    AGAIN,
    (stage) => ({ body: array(stage).replaceAll('"', "'") }),
    { quarantined: { 'malformed-envelope': GOOD + 1 } },
  ),
  {
    name: 'trailing-comma',
    serves: 'an array with a comma at its end',
    expected: { kind: 'taken', landed: GOOD + 1, duplicates: 0, quarantined: { 'malformed-envelope': 1 } },
    answer: (stage) => ({ body: array(stage).replace(/\]$/, ',]') }),
  },
  landingAll('byte-order-mark', 'a byte order mark before the array', (stage) => ({
    body: `\uFEFF${array(stage)}`,
  })),
  landingAll('utf-16', 'the array in UTF-16, with its charset', (stage) => ({
    headers: { 'content-type': 'application/json; charset=utf-16le' },
    body: Buffer.from(array(stage), 'utf16le'),
  })),
  landingAll('utf-16-big-end-first', 'the array in UTF-16 with its mark, big end first', (stage) => ({
    body: Buffer.from(`\uFEFF${array(stage)}`, 'utf16le').swap16(),
  })),
  kept('javascript', 'a script that would give the array', AGAIN, (stage) => ({
    body: `callback(${array(stage)})`,
  })),
  kept('gzip-truncated', 'a gzip stream that ends too soon', AGAIN, (stage) =>
    gzipped(gzipSync(array(stage)).subarray(0, 300)),
  ),
  landingAll('gzip-in-name-only', 'plain text that calls itself gzip', (stage) =>
    gzipped(Buffer.from(array(stage))),
  ),
  landingAll('gzip-by-its-old-name', 'x-gzip', (stage) => gzipped(gzipSync(array(stage)), 'x-gzip')),
  landingAll('gzip-twice', 'a body that is packed twice, of which one is told', (stage) =>
    gzipped(gzipSync(gzipSync(array(stage)))),
  ),
  landingAll('gzip-in-silence', 'a packed body that does not say so', (stage) => ({
    body: gzipSync(array(stage)),
  })),
  failing('broken-off', 'half of the array, and then the connection breaks', BROKEN, (stage) => ({
    body: brokenOff(array(stage)),
  })),
  {
    name: 'no-content',
    serves: '204 without a body',
    expected: { kind: 'taken', landed: 0, duplicates: 0, quarantined: {} },
    answer: () => ({ status: 204, body: '' }),
  },
  failing('not-modified', '304', AGAIN, () => ({ status: 304, body: '' })),
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
  failing('403-for-an-hour', '403 with Retry-After', REFUSED, status(403, { 'retry-after': '3600' })),
  failing('400-of-the-parameter', '400 that names the parameter _', REFUSED, () => ({
    status: 400,
    body: '{"error":"unknown parameter _"}',
  })),
  failing('404', '404', REFUSED, status(404)),
  failing(
    '407',
    '407 with a page of the proxy',
    REFUSED,
    status(407, { 'proxy-authenticate': 'Basic realm="out"' }),
  ),
  failing('410', '410', REFUSED, status(410)),
  failing('511', '511, by which a network asks for a login', AGAIN, status(511)),
  failing('proxy-refuses', '403 with a page of the proxy', REFUSED, () => ({
    status: 403,
    headers: { 'content-type': 'text/html', 'x-squid-error': 'ERR_ACCESS_DENIED 0' },
    body: page('ERROR: The requested URL could not be retrieved'),
  })),
  failing(
    'redirect-to-a-login',
    'a redirect to the login page of another host',
    REFUSED,
    status(302, { location: 'https://sso.example/login?next=%2Flog' }),
  ),
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
