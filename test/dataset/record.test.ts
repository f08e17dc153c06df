import { logForm } from '../support/forms.js';
import assert from 'node:assert/strict';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { decryptTokens } from '../../src/activities/decrypt/fernet.js';
import { readRecord, type RecordOutcome } from '../../src/dataset/record.js';
import { decodeRow } from '../../src/dataset/decode.js';
import { readableRow } from '../../src/dataset/readable-row.js';
import { CAPTURE_KEY, type CaptureEnvelope, sharedJson } from '../support/shared-data.js';

const form = logForm({ urls: ['/second'] });
const ARRIVAL_MS = Date.parse('2023-04-20T13:15:00Z');
const USER = '954446921d7cda37f7f285ffbd7df61b5215886a1ff2b7abb55c4c29f151011f';

/** Python text of each field of a record as the real source writes it. */
const base: Record<string, string> = {
  user_id: `'${USER}'`,
  record_id: '7',
  activity: "'view'",
  url: "'/api/products/product/'",
  method: "'POST'",
  name: "'json_logger'",
  inDate: "'2023-04-20T13:12:07.717Z'",
  detail: "{'message': 'POST view', 'levelname': 'INFO'}",
};

function textOf(changes: Record<string, string | undefined> = {}): string {
  const fields = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined);
  return `{${fields.map(([name, value]) => `'${name}': ${value}`).join(', ')}}`;
}

const read = (changes?: Record<string, string | undefined>, id = 7): RecordOutcome =>
  readRecord(Buffer.from(textOf(changes)), id, form, ARRIVAL_MS);

describe('a record', () => {
  it('becomes its landed row, with its hour and its readable size', () => {
    assert.deepEqual(read(), {
      ok: true,
      id: 7,
      eventMs: Date.parse('2023-04-20T13:12:07.717Z'),
      hour: '2023-04-20T13',
      row:
        `{"user_id":"${Buffer.from(USER, 'hex').toString('base64url')}","record_id":7,"activity":"view","url":"1",` +
        '"method":"2","name":"json_logger","inDate":"230420131207717","detail":{"message":"POST view","levelname":"INFO"}}',
      jsonBytes: Buffer.byteLength(
        `{"user_id":"${USER}","record_id":7,"activity":"view","url":"/api/products/product/","method":"POST",` +
          '"name":"json_logger","inDate":"2023-04-20T13:12:07.717Z","detail":{"message":"POST view","levelname":"INFO"}}',
      ),
    });
  });

  it('may hold more fields, which pass untouched and where they stand', () => {
    const outcome = read({ '9': '1.50', é: "'\\u20ac'", 'a"b': 'None' });
    assert.ok(outcome.ok);
    assert.ok(outcome.row.endsWith(',"é":"€","a\\"b":null}'), outcome.row);
    assert.ok(outcome.row.startsWith('{"9":1.50,'), outcome.row);
    const plain = read();
    assert.ok(plain.ok);
    assert.equal(outcome.jsonBytes, plain.jsonBytes + Buffer.byteLength('"9":1.50,"é":"€","a\\"b":null,'));
  });

  it('may hold integers that a double would round, in whatever is not its id, and keeps their spelling', () => {
    const outcome = read({
      score: String(10n ** 18n),
      detail: "{'n': [9007199254740993, -12345678901234567890]}",
    });
    assert.ok(outcome.ok);
    assert.ok(
      outcome.row.endsWith(
        '"detail":{"n":[9007199254740993,-12345678901234567890]},"score":1000000000000000000}',
      ),
      outcome.row,
    );
  });

  it('keeps what has no code verbatim', () => {
    const outcome = read({
      user_id: "'guest'",
      url: "'/second'",
      method: "'PURGE'",
      inDate: "'2023-04-20 15:59:00+02:00'",
    });
    assert.ok(outcome.ok);
    assert.match(
      outcome.row,
      /^\{"user_id":"=guest",.*"url":"2","method":"=PURGE",.*"inDate":"=2023-04-20 15:59:00\+02:00"/,
    );
    assert.equal(outcome.hour, '2023-04-20T13');
  });

  it('may be a JSON object', () => {
    const python = read();
    const json = textOf().replaceAll("'", '"');
    assert.deepEqual(readRecord(Buffer.from(json), 7, form, ARRIVAL_MS), python);
  });

  const HOUR = '2023-04-20T13';
  const refused: [string, Record<string, string | undefined>, string, string | undefined][] = [
    ...Object.keys(base).map((name): [string, Record<string, undefined>, string, string | undefined] => [
      `no ${name}`,
      { [name]: undefined },
      'missing-field',
      name === 'inDate' ? undefined : HOUR,
    ]),
    ['a number as user_id', { user_id: '1' }, 'wrong-type', HOUR],
    ['a string as record_id', { record_id: "'7'" }, 'wrong-type', HOUR],
    ['a float as record_id', { record_id: '7.0' }, 'wrong-type', HOUR],
    ['None as method', { method: 'None' }, 'wrong-type', HOUR],
    ['a list as detail', { detail: '[]' }, 'wrong-type', HOUR],
    ['a string as detail', { detail: "'x'" }, 'wrong-type', HOUR],
    ['a member that is no text', { detail: "{'message': 1}" }, 'wrong-type', HOUR],
    ['a field that differs from a member by case', { detail: "{'Message': 'x'}" }, 'ambiguous-field', HOUR],
    ['a number as inDate', { inDate: '1681996326' }, 'wrong-type', undefined],
    ['the id of another', { record_id: '8' }, 'id-mismatch', HOUR],
    ['a negative id', { record_id: '-7' }, 'id-mismatch', HOUR],
    ['an unsafe id', { record_id: '9007199254740993' }, 'unsafe-integer', HOUR],
    ['an integer beyond the doubles', { extra: `1${'0'.repeat(309)}` }, 'unrepresentable', HOUR],
    ['30 February', { inDate: "'2023-02-30T00:00:00.000Z'" }, 'bad-time', undefined],
    ['hour 25', { inDate: "'2023-04-20T25:00:00.000Z'" }, 'bad-time', undefined],
    ['second 61', { inDate: "'2016-12-31T23:59:61.000Z'" }, 'bad-time', undefined],
    ['a time that may be of two months', { inDate: "'02/03/2024 05:10:00'" }, 'bad-time', undefined],
    ['a word as time', { inDate: "'now'" }, 'bad-time', undefined],
    ['a time over a day ahead', { inDate: "'2023-04-21T13:15:00.001Z'" }, 'future-time', undefined],
    ['a field named as a partition key', { Hour: '1' }, 'reserved-field', HOUR],
    ['a field by another case', { Method: "'GET'" }, 'ambiguous-field', HOUR],
    ['a tuple', { extra: '{1: 2}' }, 'unrepresentable', HOUR],
  ];
  for (const [name, changes, reason, hour] of refused) {
    it(`with ${name} is refused as ${reason}${hour ? '' : ', in no hour'}`, () => {
      const outcome = read(changes);
      assert.ok(!outcome.ok);
      assert.equal(outcome.reason, reason);
      assert.equal(outcome.hour, hour);
      assert.ok(outcome.detail.length > 5);
    });
  }

  for (const name of ['year', 'month', 'day', 'hour', 'YEAR']) {
    it(`may not have a field named ${name}, but its detail may`, () => {
      const outcome = read({ [name]: '1' });
      assert.equal(!outcome.ok && outcome.reason, 'reserved-field');
      assert.ok(read({ detail: `{'${name}': 1}` }).ok);
    });
  }

  it('may lie a day ahead of its arrival, and no more', () => {
    assert.ok(read({ inDate: "'2023-04-21T13:15:00.000Z'" }).ok);
  });

  it('lands verbatim in the hour that its time means, where the compact form has no room for the spelling', () => {
    for (const [inDate, hour] of [
      ['2023-04-20 13:12:06,819', '2023-04-20T13'],
      ['2023-04-20 13:12:06.819 +00:00', '2023-04-20T13'],
      ['2023-04-20T15:12:06+0200', '2023-04-20T13'],
      ['2023-01-01T00:12:06+01', '2022-12-31T23'],
      ['2022-12-31T23:59:60.000Z', '2022-12-31T23'],
      ['2022-12-31T24:00:00.000Z', '2023-01-01T00'],
      ['Thu, 20 Apr 2023 13:12:06 GMT', '2023-04-20T13'],
    ] as const) {
      const outcome = read({ inDate: `'${inDate}'` });
      assert.ok(outcome.ok, inDate);
      assert.equal(outcome.hour, hour, inDate);
      assert.equal((JSON.parse(outcome.row) as { inDate: string }).inDate, `=${inDate}`);
    }
  });

  it('without a zone lands by the zone of the setting, and its row carries the instant', () => {
    const berlin = logForm({ urls: ['/second'], zone: 'Europe/Berlin' });
    const local = '2023-04-20 00:12:06,819';
    const outcome = readRecord(Buffer.from(textOf({ inDate: `'${local}'` })), 7, berlin, ARRIVAL_MS);
    assert.ok(outcome.ok);
    assert.equal(outcome.hour, '2023-04-19T22');
    assert.equal((JSON.parse(outcome.row) as { inDate: string }).inDate, `230419221206819=${local}`);
    assert.equal((JSON.parse(decodeRow(outcome.row, form)) as { inDate: string }).inDate, local);
    assert.equal(
      (JSON.parse(readableRow(outcome.row, form)) as { inDate: number }).inDate,
      Date.parse('2023-04-19T22:12:06.819Z'),
    );
    assert.deepEqual(
      readRecord(Buffer.from(textOf()), 7, berlin, ARRIVAL_MS),
      readRecord(Buffer.from(textOf()), 7, form, ARRIVAL_MS),
    );
  });

  it('whose time stands twice has no hour', () => {
    const text = textOf().replace('{', "{'inDate': '2023-04-20T13:12:07.717Z', ");
    const outcome = readRecord(Buffer.from(text), 7, form, ARRIVAL_MS);
    assert.deepEqual(!outcome.ok && [outcome.reason, outcome.hour], ['ambiguous-field', undefined]);
  });

  it('never shows its content in a refusal', () => {
    const secret = "'s3cret'";
    const all = [
      { record_id: secret },
      { inDate: secret },
      { detail: secret },
      { s3cret: '(1)' },
      { [`s3cret': 1, 'S3cret`]: '1' },
    ];
    for (const changes of all) {
      const outcome = read(changes);
      assert.ok(!outcome.ok && !/s3cret/i.test(JSON.stringify(outcome)), JSON.stringify(outcome));
    }
  });

  it('of the real capture lands, all 500 of them', function () {
    const envelopes = sharedJson(this, 'log-api-capture.json') as CaptureEnvelope[];
    const outcomes = decryptTokens(
      createKeyRing([CAPTURE_KEY]),
      envelopes.map(({ data }) => data),
    );
    const rows = outcomes.map((outcome, i) => {
      const envelope = envelopes[i];
      assert.ok(outcome.ok && envelope);
      const record = readRecord(outcome.plaintext, envelope.recordId, form, ARRIVAL_MS);
      assert.ok(record.ok && record.hour === '2023-04-20T13');
      assert.equal(record.eventMs, Math.round(envelope.ArrivalTimeStamp * 1000));
      assert.match(
        record.row,
        /^\{"user_id":"[\w-]{43}","record_id":\d+,"activity":"\w+","url":"1","method":"\d",/,
      );
      return record.row;
    });
    assert.equal(new Set(rows).size, 500);
  });
});
