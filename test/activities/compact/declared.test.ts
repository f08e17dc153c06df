import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteSink } from '../../../src/bytes/byte-sink.js';
import { decodeRow, toPythonRepr } from '../../../src/dataset/decode.js';
import type { ColumnDeclaration, Declaration } from '../../../src/dataset/declaration.js';
import { eventMsOfRow } from '../../../src/dataset/event-time.js';
import { formOf, type RecordForm } from '../../../src/dataset/form.js';
import { hourOf } from '../../../src/dataset/hour.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { readRecord } from '../../../src/dataset/record.js';
import { EntryTable, writeEntryTable } from '../../../src/activities/compact/entry-table.js';
import { WindowCompactor } from '../../../src/activities/compact/window-compactor.js';
import { readDecrypted } from '../../../src/activities/decrypt/staged-form.js';
import { compactWindow, type DecryptedWindow } from '../../../src/inspect/verify/one-by-one.js';
import { hourOfRow, recordIdOf } from '../../../src/lake/row-id.js';
import { declared, type DeclaredRecord } from '../../dataset/declared-records.js';
import { encodeCompacted, encodeDecrypted, newestOf } from '../../support/staged-reference.js';

const RAW = '20230420T141500.000Z-aaaaaaaaaaaa';
const ARRIVAL_MS = Date.parse('2023-04-20T14:15:00.000Z');

const windowOf = (records: readonly DeclaredRecord[]): DecryptedWindow => ({
  raw: RAW,
  records: records.map(({ id, text }, index) => ({
    index,
    id,
    key: '0011aabb',
    plaintext: Buffer.from(text),
  })),
  refusals: [],
});

/** How many of the records were read one by one. */
function compactedAlike(window: DecryptedWindow, form: RecordForm): number {
  const compactor = new WindowCompactor(form);
  const expected = compactWindow(window, form);
  for (const answer of readDecrypted(encodeDecrypted(window))) {
    assert.ok('open' in answer);
    const table = new EntryTable(new ByteSink(1));
    const facts = compactor.compact(answer, table);
    const out = new ByteSink();
    writeEntryTable(table, out);
    assert.equal(out.written().toString(), encodeCompacted(expected, { newestId: newestOf(window.records) }));
    assert.equal(facts.newestEventMs, expected.newestEventMs);
    assert.deepEqual(
      facts.refusals,
      expected.refusals.map(({ raw: _, ...refusal }) => refusal),
    );
  }
  return compactor.readOneByOne;
}

describe('records of any declaration', () => {
  it('are compacted by templates as they are one by one', () => {
    let [all, oneByOne] = [0, 0];
    fc.assert(
      fc.property(declared, ({ declaration, records }) => {
        // Thrice, so that what is learnt from the first is used for the others.
        const window = windowOf([...records, ...records, ...records]);
        oneByOne += compactedAlike(window, formOf(declaration));
        all += window.records.length;
      }),
      { numRuns: 600 },
    );
    assert.ok(oneByOne < all * 0.9, `${oneByOne} of ${all} were read one by one`);
  });

  it('come back from their rows to the byte, with id, hour and instant', () => {
    let landed = 0;
    fc.assert(
      fc.property(declared, ({ declaration, records }) => {
        const form = formOf(declaration);
        for (const { id, json, text } of records) {
          const outcome = readRecord(Buffer.from(text), id, form, ARRIVAL_MS);
          if (!outcome.ok) continue;
          landed += 1;
          assert.equal(decodeRow(outcome.row, form), json);
          assert.equal(outcome.jsonBytes, Buffer.byteLength(json));
          assert.equal(recordIdOf(outcome.row, form), id);
          assert.equal(hourOfRow(outcome.row, form), outcome.hour);
          const { at } = JSON.parse(outcome.row) as { at: unknown };
          assert.equal(eventMsOfRow(form, at), outcome.eventMs);
          assert.equal(hourOf(outcome.eventMs), outcome.hour);
          assert.equal((JSON.parse(readableRow(outcome.row, form)) as { at: unknown }).at, outcome.eventMs);
        }
      }),
      { numRuns: 600 },
    );
    assert.ok(landed > 500, `only ${landed} landed`);
  });

  it('go by templates also as plain JSON, with times in milliseconds and numbers of all kinds', () => {
    const plain = { optional: false, compact: null, columns: null, description: '' } as const;
    const form = formOf({
      source: { data_selector: 'items', primary_key: 'id', contiguous: true },
      record: {
        payload: null,
        encryption: 'none',
        format: 'json',
        primary_key: null,
        event_time: { field: 'ts', format: 'epoch_ms', zone: 'UTC' },
        columns: {
          ts: { ...plain, type: 'integer' },
          price: { ...plain, type: 'number', optional: true },
          ok: { ...plain, type: 'boolean' },
          who: { ...plain, type: 'text', optional: true },
        },
        other_columns: 'quarantine',
      },
    });
    const records = Array.from({ length: 300 }, (_, id): DeclaredRecord => {
      const record = {
        id,
        ts: ARRIVAL_MS - id,
        price: [id, id / 4, -id / 8, null][id % 4],
        ok: id % 3 === 0,
        who: id % 5 ? 'me' : null,
      };
      return { id, json: '', text: JSON.stringify(record) };
    });
    assert.equal(compactedAlike(windowOf(records), form), 1);
  });
});

describe('the preset under other names', () => {
  const NAMES = [
    'user_id',
    'record_id',
    'activity',
    'url',
    'method',
    'name',
    'inDate',
    'detail',
    'message',
    'levelname',
  ];

  const renamed = (to: ReadonlyMap<string, string>): Declaration => {
    const columns = (all: Readonly<Record<string, ColumnDeclaration>>): Record<string, ColumnDeclaration> =>
      Object.fromEntries(
        Object.entries(all).map(([name, column]) => [
          to.get(name) ?? name,
          { ...column, columns: column.columns && columns(column.columns) },
        ]),
      );
    const { record } = LOG_API;
    return {
      ...LOG_API,
      record: {
        ...record,
        primary_key: to.get('record_id') ?? '',
        event_time: { ...record.event_time, field: to.get('inDate') ?? '' },
        columns: columns(record.columns),
      },
    };
  };
  const inOtherNames = (json: string, to: ReadonlyMap<string, string>): string =>
    json.replaceAll(/"(\w+)":/g, (_, name: string) => `${JSON.stringify(to.get(name) ?? name)}:`);

  it('makes the same rows', () => {
    const name = fc.string({ unit: fc.constantFrom(...'abcXYZ_é-"'), minLength: 2, maxLength: 12 });
    const names = fc.uniqueArray(name, {
      minLength: 10,
      maxLength: 10,
      selector: (text) => text.toLowerCase(),
    });
    fc.assert(
      fc.property(names, fc.boolean(), (others, isPython) => {
        const to = new Map(NAMES.map((known, i) => [known, others[i]!]));
        const json = (id: number): string =>
          `{"user_id":"${'0f'.repeat(32)}","record_id":${id},"activity":"view","url":"/api/products/product/","method":"POST",` +
          `"name":"n","inDate":"2023-04-20T13:12:0${id % 10}.717Z","detail":{"message":"m ${id}","levelname":"INFO"}}`;
        const write = (text: string): string => (isPython ? toPythonRepr(text) : text);
        const [form, other] = [formOf(LOG_API), formOf(renamed(to))];
        const ids = Array.from({ length: 20 }, (_, id) => id);
        for (const id of ids) {
          const one = readRecord(Buffer.from(write(json(id))), id, form, ARRIVAL_MS);
          const two = readRecord(Buffer.from(write(inOtherNames(json(id), to))), id, other, ARRIVAL_MS);
          assert.ok(one.ok && two.ok, JSON.stringify(two));
          assert.equal(two.row, inOtherNames(one.row, to));
          assert.equal(readableRow(two.row, other), inOtherNames(readableRow(one.row, form), to));
        }
        const records = ids.map((id) => ({ id, json: '', text: write(inOtherNames(json(id), to)) }));
        compactedAlike(windowOf(records), other);
      }),
      { numRuns: 100 },
    );
  });
});
