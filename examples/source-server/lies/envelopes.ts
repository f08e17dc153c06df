import { pythonRepr } from '../python-repr.js';
import type { Envelope } from '../window.js';
import { BAD, GOOD, JsonText, landing, type Lie, quarantined, type Stage } from './lie.js';

/** 2^53 + 1: JSON.parse makes 2^53 of it, another record's id. */
const UNSAFE_ID = '9007199254740993';

const malformed = (name: string, serves: string, element: (good: Envelope) => unknown): Lie =>
  quarantined(name, serves, 'malformed-envelope', (stage) => element(stage.good(BAD)));

/** Elements of the array that are no envelopes, odd ones that are, and doubles. */
export const ENVELOPE_LIES: readonly Lie[] = [
  malformed('element-null', 'null among the records', () => null),
  malformed('element-number', 'a number among the records', () => 7),
  malformed('element-string', 'a token among the records, without its envelope', (good) => good.data),
  malformed('element-array', 'an array among the records', (good) => [good.recordId, good.data]),
  malformed('element-empty', 'an empty object among the records', () => ({})),
  malformed('id-as-string', 'an id in quotes', (good) => ({ ...good, recordId: String(good.recordId) })),
  malformed('id-null', 'null for an id', (good) => ({ ...good, recordId: null })),
  malformed('id-missing', 'a record without an id', ({ data }) => ({ data })),
  malformed('id-fraction', 'an id with a fraction', (good) => ({ ...good, recordId: good.recordId + 0.5 })),
  malformed('id-boolean', 'true for an id', (good) => ({ ...good, recordId: true })),
  malformed('id-negative', 'an id below zero', (good) => ({ ...good, recordId: -good.recordId })),
  malformed('data-missing', 'a record without a token', ({ recordId }) => ({ recordId })),
  malformed('data-number', 'a number for a token', (good) => ({ ...good, data: 12345 })),
  malformed('data-null', 'null for a token', (good) => ({ ...good, data: null })),
  malformed('data-object', 'an object for a token', (good) => ({ ...good, data: { token: good.data } })),
  quarantined('id-past-2-53', 'an id that JSON readers round', 'unsafe-integer', (stage) => {
    const text = pythonRepr(stage.record(BAD)).replace(String(stage.firstId + BAD), UNSAFE_ID);
    return new JsonText(`{"recordId":${UNSAFE_ID},"data":"${stage.mint(text, stage.nowMs)}"}`);
  }),
  quarantined('envelope-id-of-another', 'a good token under another id', 'id-mismatch', (stage) => ({
    ...stage.good(BAD),
    recordId: stage.firstId + 1_000,
  })),
  landing(
    'envelope-duplicate-keys',
    'an envelope with its id twice, of which the last one counts',
    (stage) => {
      const { recordId, data } = stage.good(BAD);
      return new JsonText(`{"recordId":1,"recordId":${recordId},"data":"${data}"}`);
    },
  ),
  landing('envelope-prototype', 'an envelope that reaches for the prototype', (stage) => {
    const text = JSON.stringify(stage.good(BAD));
    return new JsonText(
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${text.slice(1)}`,
    );
  }),
  landing('envelope-extra-fields', 'an envelope with fields that nobody knows', (stage) => ({
    ...stage.good(BAD),
    shard: 7,
    tags: ['a', { b: null }],
  })),
  landing('envelope-deep', 'an envelope with a hundred levels of nothing', (stage) => {
    const text = JSON.stringify(stage.good(BAD));
    return new JsonText(`{"deep":${'['.repeat(100)}${']'.repeat(100)},${text.slice(1)}`);
  }),
  landing('envelope-clock-broken', 'an ArrivalTimeStamp that is no number', (stage) => ({
    ...stage.good(BAD),
    ArrivalTimeStamp: 'yesterday',
  })),
  {
    name: 'duplicate',
    serves: 'a record twice, in two tokens',
    expected: { kind: 'taken', landed: GOOD, duplicates: 1, quarantined: {} },
    answer: (stage) => ({ body: JSON.stringify([...goods(stage), stage.good(BAD)]) }),
  },
  {
    name: 'conflict',
    serves: 'a record twice, the second time with other content',
    expected: { kind: 'taken', landed: GOOD, duplicates: 0, quarantined: { 'conflicting-duplicate': 1 } },
    answer: (stage) => ({ body: JSON.stringify([...goods(stage), conflicting(stage)]) }),
  },
  {
    name: 'backwards',
    serves: 'good records in descending order',
    expected: { kind: 'taken', landed: GOOD, duplicates: 0, quarantined: {} },
    answer: (stage) => ({ body: JSON.stringify(goods(stage).reverse()) }),
  },
  {
    name: 'nothing-but-junk',
    serves: 'an array of twenty elements, none of them a record',
    expected: { kind: 'taken', landed: 0, duplicates: 0, quarantined: { 'malformed-envelope': 20 } },
    answer: () => ({ body: JSON.stringify(Array.from({ length: 20 }, (_, i) => (i % 2 ? i : `junk ${i}`))) }),
  },
  {
    name: 'no-records',
    serves: 'an empty array',
    expected: { kind: 'taken', landed: 0, duplicates: 0, quarantined: {} },
    answer: () => ({ body: '[]' }),
  },
];

const goods = (stage: Stage): Envelope[] => Array.from({ length: GOOD }, (_, i) => stage.good(i));

const conflicting = (stage: Stage): Envelope =>
  stage.envelope(BAD, JSON.stringify({ ...stage.record(BAD), activity: 'refund' }));
