import { gzipSync } from 'node:zlib';
import type { QuarantineReason } from '../../../src/dataset/reason.js';
import { pythonRepr } from '../python-repr.js';
import { createMint } from '../token.js';
import type { Envelope } from '../window.js';
import { GOOD, kept, landingAll, type Lie, type Stage } from './lie.js';

const COUNT = GOOD + 1;
const DAY_MS = 86_400_000;
/** No secret: 32 zero bytes. */
const OTHER_KEY = `${Buffer.alloc(32).toString('base64url')}=`;

type Element = (good: Envelope, stage: Stage, i: number) => unknown;

/** All elements are of one other shape, as of an API that fernlake was not made for: every one of them is kept, none lands. */
function foreign(name: string, serves: string, reason: QuarantineReason, element: Element): Lie {
  const expected = { kind: 'taken', landed: 0, duplicates: 0, quarantined: { [reason]: COUNT } } as const;
  const answer = (stage: Stage) => ({ body: JSON.stringify(elements(stage, element)) });
  return { name: `foreign-${name}`, serves, expected, answer };
}

const elements = (stage: Stage, element: Element): unknown[] =>
  Array.from({ length: COUNT }, (_, i) => element(stage.good(i), stage, i));

/** The envelope is right, and something else stands where the token should. */
const inData = (
  name: string,
  serves: string,
  make: (good: Envelope, stage: Stage, i: number) => unknown,
): Lie =>
  foreign(`data-${name}`, serves, 'undecryptable', (good, stage, i) => ({
    ...good,
    data: make(good, stage, i),
  }));

/** The token opens, and something else than a record is in it. */
const inToken = (
  name: string,
  serves: string,
  reason: QuarantineReason,
  make: (stage: Stage, i: number) => string,
): Lie =>
  foreign(`plaintext-${name}`, serves, reason, (_good, stage, i) => stage.envelope(i, make(stage, i)));

const whole = (name: string, serves: string, body: (stage: Stage) => string): Lie =>
  kept(`foreign-${name}`, serves, ['SourceAnswer', 'transient'], (stage) => ({ body: body(stage) }));

const json = (stage: Stage, i: number): string => JSON.stringify(stage.record(i));

/** Answers in which nothing is broken, and nothing is as fernlake reads it. */
export const FOREIGN_LIES: readonly Lie[] = [
  whole('array-in-object', 'the array in a field of an object', (stage) =>
    JSON.stringify({ total: COUNT, data: { items: elements(stage, (good) => good) } }),
  ),
  whole('empty-object', 'an empty object', () => '{}'),
  whole('single-object', 'one record without an array around it', (stage) => JSON.stringify(stage.good(0))),
  whole('error-object', 'an error with status 200', () => '{"error":"quota","code":17}'),
  whole('array-in-text', 'the array within a JSON text', (stage) =>
    JSON.stringify(JSON.stringify(elements(stage, (good) => good))),
  ),
  foreign('names', 'envelopes of other field names', 'malformed-envelope', ({ recordId, data }) => ({
    id: recordId,
    payload: data,
  })),
  foreign('records', 'plain records without envelopes', 'malformed-envelope', (_good, stage, i) =>
    stage.record(i),
  ),
  foreign('tokens', 'tokens without envelopes', 'malformed-envelope', ({ data }) => data),
  foreign('pairs', 'lists in place of objects', 'malformed-envelope', ({ recordId, data }) => [
    recordId,
    data,
  ]),
  foreign('id-text', 'ids in quotes', 'malformed-envelope', (good) => ({
    ...good,
    recordId: String(good.recordId),
  })),
  foreign('id-uuid', 'ids that are no numbers', 'malformed-envelope', (good, _stage, i) => ({
    ...good,
    recordId: `0b5e2c1a-0000-4000-8000-00000000000${i}`,
  })),
  foreign('id-float', 'ids with a fraction', 'malformed-envelope', (good) => ({
    ...good,
    recordId: good.recordId + 0.5,
  })),
  foreign('data-object', 'a plain record in place of a token', 'malformed-envelope', (good, stage, i) => ({
    ...good,
    data: stage.record(i),
  })),
  foreign('data-nested', 'the token one level deeper', 'malformed-envelope', (good) => ({
    ...good,
    data: { token: good.data },
  })),
  inData('json', 'JSON text in place of a token', (_good, stage, i) => json(stage, i)),
  inData('python', 'the text of a Python dict in place of a token', (_good, stage, i) =>
    pythonRepr(stage.record(i)),
  ),
  inData('bytes-repr', "tokens wrapped in b'…'", ({ data }) => `b'${data}'`),
  inData('quoted', 'tokens in quotes of their own', ({ data }) => `"${data}"`),
  inData('percent', 'tokens as an URL spells them', ({ data }) => encodeURIComponent(`${data}==`)),
  inData('hex', 'tokens in hex', ({ data }) => Buffer.from(data, 'base64url').toString('hex')),
  inData('jwt', 'JSON Web Tokens', () => 'eyJhbGciOiJIUzI1NiJ9.eyJyZWNvcmQiOjF9.c2lnbmF0dXJl'),
  inData('gzip', 'base64 of gzip', (_good, stage, i) => gzipSync(json(stage, i)).toString('base64')),
  inData('base64-json', 'base64 of JSON', (_good, stage, i) =>
    Buffer.from(json(stage, i)).toString('base64'),
  ),
  inData('base64-twice', 'tokens in base64 once more', ({ data }) => Buffer.from(data).toString('base64')),
  inData('cut', 'tokens cut off at 100 characters', ({ data }) => data.slice(0, 100)),
  inData('other-key', 'tokens of another key', (_good, stage, i) =>
    createMint(OTHER_KEY)(json(stage, i), stage.nowMs),
  ),
  landingAll('foreign-data-in-lines', 'tokens broken every 76 characters', (stage) => ({
    body: JSON.stringify(
      elements(stage, (good) => ({ ...good, data: (good.data.match(/.{1,76}/g) ?? []).join('\n') })),
    ),
  })),
  inToken('text', 'tokens of plain text', 'not-a-record', () => 'user 17 has logged in'),
  inToken('token', 'records that are encrypted twice', 'not-a-record', (stage, i) => stage.good(i).data),
  inToken('list', 'tokens of lists', 'not-a-record', (stage, i) => `[${json(stage, i)}]`),
  inToken('fields', 'records with other fields', 'missing-field', (stage, i) =>
    JSON.stringify({ record_id: stage.firstId + i, inDate: stage.record(i).inDate, event: 'login' }),
  ),
  inToken('id', 'records under ids of others', 'id-mismatch', (stage, i) =>
    JSON.stringify({ ...stage.record(i), record_id: stage.firstId + 5_000 + i }),
  ),
  inToken('time', 'times that are no times', 'bad-time', (stage, i) =>
    JSON.stringify({ ...stage.record(i), inDate: 'last Tuesday, after lunch' }),
  ),
  inToken('ahead', 'times more than a day ahead', 'future-time', (stage, i) =>
    JSON.stringify({ ...stage.record(i), inDate: new Date(stage.nowMs + 2 * DAY_MS).toISOString() }),
  ),
];
