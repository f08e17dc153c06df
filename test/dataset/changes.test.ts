import assert from 'node:assert/strict';
import { changesBetween } from '../../src/dataset/changes.js';
import type { ColumnDeclaration, Declaration } from '../../src/dataset/declaration.js';
import { decodeDefinition, definitionHash, encodeDefinition } from '../../src/dataset/definition.js';
import { LOG_API } from '../../src/dataset/presets.js';

type Columns = Declaration['record']['columns'];

const text: ColumnDeclaration = {
  type: 'text',
  optional: true,
  compact: null,
  columns: null,
  description: '',
};
const withRecord = (change: Partial<Declaration['record']>, of = LOG_API): Declaration => ({
  ...of,
  record: { ...of.record, ...change },
});
const withSource = (change: Partial<Declaration['source']>): Declaration => ({
  ...LOG_API,
  source: { ...LOG_API.source, ...change },
});
const withColumns = (columns: Columns, of = LOG_API): Declaration =>
  withRecord({ columns: { ...of.record.columns, ...columns } }, of);
const column = (name: string, change: Partial<ColumnDeclaration>, of = LOG_API): Columns => ({
  [name]: { ...of.record.columns[name]!, ...change },
});
const without = (name: string, of = LOG_API): Declaration =>
  withRecord(
    { columns: Object.fromEntries(Object.entries(of.record.columns).filter(([own]) => own !== name)) },
    of,
  );
const urls = (...dictionary: string[]): Declaration =>
  withColumns(column('url', { compact: { dictionary } }));
const time = (change: Partial<Declaration['record']['event_time']>): Declaration =>
  withRecord({ event_time: { ...LOG_API.record.event_time, ...change } });

const QUARANTINES = withRecord({ other_columns: 'quarantine' });
const TWO_URLS = urls('/a', '/b');
const WITH_SCORE = withColumns({ score: { ...text, type: 'integer' } });

describe('a declaration against the one of the lake', () => {
  const refused: [what: RegExp, then: RegExp, after: Declaration, before?: Declaration][] = [
    [
      /^data_selector was left out, and is items$/,
      /another dataset name/,
      withSource({ data_selector: 'items' }),
    ],
    [/^source.primary_key was recordId, and is id$/, /raw\//, withSource({ primary_key: 'id' })],
    [/^payload was data, and is left out$/, /raw\//, withRecord({ payload: null })],
    [/^encryption was fernet, and is none$/, /raw\//, withRecord({ encryption: 'none' })],
    [/^primary_key was record_id, and is id$/, /hold their id/, withRecord({ primary_key: 'id' })],
    [/^event_time.field was inDate/, /two hours/, time({ field: 'name' })],
    [/^event_time.format was iso8601, and is epoch_ms/, /two hours/, time({ format: 'epoch_ms' })],
    [/^event_time.zone was UTC, and is Europe\/Berlin/, /--only raw\//, time({ zone: 'Europe/Berlin' })],
    [
      /^compact of user_id was hex, and is left out/,
      /another code/,
      withColumns(column('user_id', { compact: null })),
    ],
    [
      /^compact of name was left out, and is hex/,
      /another code/,
      withColumns(column('name', { compact: 'hex' })),
    ],
    [
      /^compact of method was http_method, and is a dictionary/,
      /another code/,
      withColumns(column('method', { compact: { dictionary: ['GET'] } })),
    ],
    [/^the dictionary of url had "\/b" in place 2, and has nothing there/, /code 2/, urls('/a'), TWO_URLS],
    [
      /^the dictionary of url had "\/a" in place 1, and has "\/b" there/,
      /at the end/,
      urls('/b', '/a'),
      TWO_URLS,
    ],
    [/^the column tag .* is new/, /without compact/, withColumns({ tag: { ...text, compact: 'hex' } })],
    [/^the column tag \(text\) is new/, /optional: true/, withColumns({ tag: { ...text, optional: false } })],
    [/^the column url is no longer declared/, /leave it declared/, without('url')],
    [
      /^the type of record_id was integer, and is text/,
      /by their ids/,
      withColumns(column('record_id', { type: 'text' })),
    ],
    [
      /^the type of name was text, and is integer/,
      /one type in every row/,
      withColumns(column('name', { type: 'integer' })),
    ],
    [
      /^the column score is no longer optional/,
      /leave it optional/,
      withColumns({ score: { ...text, type: 'integer', optional: false } }),
      WITH_SCORE,
    ],
  ];
  for (const [what, then, after, before = LOG_API] of refused)
    it(`refuses ${String(what)}`, () => {
      const changes = changesBetween(before, after).filter(({ isRefused }) => isRefused);
      assert.equal(changes.length, 1);
      assert.match(changes[0]!.what, what);
      assert.match(changes[0]!.then, then);
    });

  const told: [what: RegExp, then: RegExp, after: Declaration, before?: Declaration][] = [
    [/^contiguous was true, and is false/, /next seal on/, withSource({ contiguous: false })],
    [/^format was auto, and is python/, /quarantined from now on/, withRecord({ format: 'python' })],
    [
      /^record.primary_key was id, and is left out/,
      /reprocess/,
      { ...withRecord({ primary_key: null }), source: { ...LOG_API.source, primary_key: 'id' } },
      { ...withRecord({ primary_key: 'id' }), source: { ...LOG_API.source, primary_key: 'id' } },
    ],
    [/^the dictionary of url has 1 more text/, /from the next seal on/, urls('/a', '/b', '/c'), TWO_URLS],
    [/^the column score \(integer, optional\) is new/, /reprocess is wanted/, WITH_SCORE],
    [
      /^the column tag \(text\) is new/,
      /quarantined from now on/,
      withColumns({ tag: { ...text, optional: false } }, QUARANTINES),
      QUARANTINES,
    ],
    [/^the column name is no longer declared/, /views show it no more/, without('name')],
    [
      /^the column score is no longer declared/,
      /quarantined/,
      QUARANTINES,
      withColumns({ score: text }, QUARANTINES),
    ],
    [/^the column name is optional now/, /redrive/, withColumns(column('name', { optional: true }))],
    [
      /^the type of score was integer, and is number/,
      /unknown_fields/,
      withColumns({ score: { ...text, type: 'number' } }),
      WITH_SCORE,
    ],
    [
      /^the columns within detail are message: text now, and were message: text, levelname: text/,
      /older rows/,
      withColumns(column('detail', { columns: { message: { ...text } } })),
    ],
    [/^the description of name is another/, /ddl/, withColumns(column('name', { description: 'x' }))],
    [/^other_columns was keep, and is quarantine/, /quarantined from now on/, QUARANTINES],
    [/^other_columns was quarantine, and is keep/, /redrive/, LOG_API, QUARANTINES],
    [
      /^the columns stand in another order/,
      /rows stay/,
      withRecord({ columns: Object.fromEntries(Object.entries(LOG_API.record.columns).reverse()) }),
    ],
  ];
  for (const [what, then, after, before = LOG_API] of told)
    it(`tells ${String(what)}`, () => {
      const changes = changesBetween(before, after);
      assert.deepEqual(
        changes.map(({ isRefused }) => isRefused),
        [false],
      );
      assert.match(changes[0]!.what, what);
      assert.match(changes[0]!.then, then);
    });

  it('names all of them at once, and none of what is the same', () => {
    assert.deepEqual(changesBetween(LOG_API, LOG_API), []);
    assert.equal(
      changesBetween(LOG_API, {
        ...time({ zone: '+05:30' }),
        source: withSource({ data_selector: 'a' }).source,
      }).length,
      2,
    );
  });

  it('is told from another one by its name wherever the two differ, and comes back from its text', () => {
    const cases = [...refused, ...told].flatMap(([, , after, before = LOG_API]) => [after, before]);
    for (const declaration of cases) {
      const stored = encodeDefinition(declaration);
      assert.deepEqual(decodeDefinition(stored), declaration);
      // Whatever order an object's keys came in, but for that of the columns, which has a meaning.
      const { source, record } = JSON.parse(stored) as Declaration;
      assert.equal(encodeDefinition({ record, source }), stored);
    }
    for (const [, , after, before = LOG_API] of [...refused, ...told])
      assert.notEqual(definitionHash(encodeDefinition(after)), definitionHash(encodeDefinition(before)));
  });
});
