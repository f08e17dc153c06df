import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { encryptToken } from '../../support/fernet-mint.js';
import type { Hour } from '../../../src/dataset/hour.js';
import {
  compactWindow,
  decryptWindow,
  groupByHour,
  type HourEntry,
} from '../../../src/inspect/verify/one-by-one.js';
import { readAnswer } from '../../../src/activities/fetch/answer-reader.js';

const KEY = Buffer.alloc(32, 1).toString('base64url');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64url');
const ring = createKeyRing([KEY]);
const RAW = '20230420T131500.000Z-aaaaaaaaaaaa';

const textOf = (id: number, time: string, method = "'GET'"): string =>
  `{'user_id': 'guest', 'record_id': ${id}, 'activity': 'view', 'url': '/', 'method': ${method}, ` +
  `'name': 'json_logger', 'inDate': '${time}', 'detail': {'message': 'm', 'levelname': 'INFO'}}`;
const envelope = (recordId: number, plaintext: string, key = KEY) => ({
  recordId,
  ArrivalTimeStamp: 0,
  data: encryptToken(key, Buffer.from(plaintext), { nowSec: 1_681_996_326, iv: Buffer.alloc(16, recordId) }),
});

describe('one answer', () => {
  it('is a JSON array, or counts as one element that is none', () => {
    assert.deepEqual(readAnswer(Buffer.from('[1,{}]'), LOG_FORM.answers).elements, [1, {}]);
    // Go writes a list without elements so.
    assert.deepEqual(readAnswer(Buffer.from('null'), LOG_FORM.answers).elements, []);
    for (const text of ['{}', '"[]"', '<html>']) {
      const { records, refusals } = decryptWindow(
        'r',
        readAnswer(Buffer.from(text), LOG_FORM.answers).elements,
        ring,
        LOG_FORM.answers,
      );
      assert.deepEqual(
        [records, refusals.map(({ index, reason }) => [index, reason])],
        [[], [[0, 'unreadable-answer']]],
      );
    }
  });

  it('lands its good records whatever stands between them, and says of each of the others why not', () => {
    const answer: unknown[] = [
      envelope(1, textOf(1, '2023-04-20T12:59:59.999Z')),
      null,
      envelope(2, textOf(2, '2023-04-20T13:00:00.000Z'), OTHER_KEY),
      { recordId: '3', data: 'x' },
      envelope(4, textOf(4, '2023-04-20T13:00:00.000Z', '5')),
      envelope(5, textOf(5, '2023-02-30T13:00:00.000Z')),
      envelope(6, 'rm -rf'),
      envelope(7, textOf(7, '2023-04-20T13:00:00.000Z')),
    ];
    const decrypted = decryptWindow(RAW, answer, ring, LOG_FORM.answers);
    assert.deepEqual(
      decrypted.records.map(({ index, id, key }) => [index, id, key]),
      [0, 4, 5, 6, 7].map((index) => [index, index === 0 ? 1 : index, ring.keyIds[0]]),
    );
    const compacted = compactWindow(decrypted, LOG_FORM);
    assert.deepEqual(
      compacted.entries.map(({ id, hour, reason, row }) => [id, hour, reason, row === undefined]),
      [
        [1, '2023-04-20T12', undefined, false],
        [4, '2023-04-20T13', 'wrong-type', true],
        [7, '2023-04-20T13', undefined, false],
      ],
    );
    assert.deepEqual(
      [...compacted.refusals]
        .sort((a, b) => a.index - b.index)
        .map(({ raw, index, reason }) => [raw, index, reason]),
      [
        [RAW, 1, 'malformed-envelope'],
        [RAW, 2, 'undecryptable'],
        [RAW, 3, 'malformed-envelope'],
        [RAW, 4, 'wrong-type'],
        [RAW, 5, 'bad-time'],
        [RAW, 6, 'not-a-record'],
      ],
    );
    assert.equal(compacted.newestEventMs, Date.UTC(2023, 3, 20, 13));
    assert.ok(!JSON.stringify(compacted.refusals).includes('rm -rf'), 'no content in a detail');
  });

  it('has no newest event when none of its records can be read', () => {
    assert.equal(
      compactWindow(decryptWindow(RAW, [envelope(6, 'x')], ring, LOG_FORM.answers), LOG_FORM).newestEventMs,
      null,
    );
    assert.deepEqual(compactWindow(decryptWindow(RAW, [], ring, LOG_FORM.answers), LOG_FORM), {
      raw: RAW,
      entries: [],
      refusals: [],
      newestEventMs: null,
    });
  });
});

describe('grouping by hour', () => {
  it('keeps every entry, hours ascending, and within an hour the order of the answer', () => {
    const entry = (hour: string, id: number): HourEntry => ({
      hour: hour as Hour,
      id,
      raw: RAW,
      index: id,
      key: 'k',
      jsonBytes: 0,
    });
    const groups = groupByHour([
      entry('2023-04-20T13', 3),
      entry('2023-04-20T12', 2),
      entry('2023-04-20T13', 1),
      entry('2022-12-31T23', 4),
    ]);
    assert.deepEqual(
      [...groups].map(([hour, entries]) => [hour, entries.map(({ id }) => id)]),
      [
        ['2022-12-31T23', [4]],
        ['2023-04-20T12', [2]],
        ['2023-04-20T13', [3, 1]],
      ],
    );
  });
});
