import fc from 'fast-check';
import type { ColumnDeclaration, ColumnType, Declaration } from '../../src/dataset/declaration.js';
import { toPythonRepr } from '../../src/dataset/decode.js';
import type { RecordId } from '../../src/dataset/record-id.js';

/** Declarations of every kind, and records that fit them, but for a few. */

export interface DeclaredRecord {
  readonly id: RecordId;
  /** Minified. */
  readonly json: string;
  /** As the source writes it. */
  readonly text: string;
}

export interface Declared {
  readonly declaration: Declaration;
  readonly records: readonly DeclaredRecord[];
}

const FIRST_MS = Date.parse('2023-04-20T11:00:00Z');
const LAST_MS = Date.parse('2023-04-20T14:00:00Z');

interface Time {
  readonly format: string;
  readonly type: ColumnType;
  readonly compact: 'time' | null;
  readonly zone: string;
  /** Its JSON, of an instant. */
  readonly write: (epochMs: number) => string;
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();
const quoted = (write: (epochMs: number) => string) => (epochMs: number) => JSON.stringify(write(epochMs));
const digits = (epochMs: number): string => String(Math.floor(epochMs / 1_000));
const logged = (epochMs: number): string => iso(epochMs).slice(0, 23).replace('T', ' ').replace('.', ',');
const slashed = (epochMs: number): string =>
  iso(epochMs).replace(/^(\d+)-(\d+)-(\d+)T(.{8}).*$/, '$3/$2/$1 $4');

const timeOf = (
  format: string,
  type: ColumnType,
  compact: Time['compact'],
  write: Time['write'],
  zone = 'UTC',
): Time => ({ format, type, compact, zone, write });

const time = fc.constantFrom<Time>(
  timeOf('iso8601', 'text', 'time', quoted(iso)),
  timeOf('iso8601', 'text', null, quoted(iso)),
  timeOf(
    'iso8601',
    'text',
    null,
    quoted((epochMs) => iso(epochMs).replace('Z', '+00:00')),
  ),
  timeOf('iso8601', 'text', 'time', quoted(logged), 'Europe/Berlin'),
  timeOf('epoch_ms', 'integer', null, String),
  timeOf('epoch_ms', 'text', null, quoted(String)),
  timeOf('epoch_s', 'integer', null, digits),
  timeOf('epoch_s', 'number', null, (epochMs) => String(epochMs / 1_000)),
  timeOf('epoch_s', 'text', 'time', quoted(digits)),
  timeOf('python_logging', 'text', 'time', quoted(logged)),
  timeOf(
    'rfc1123',
    'text',
    null,
    quoted((epochMs) => new Date(epochMs).toUTCString()),
  ),
  timeOf('%d/%m/%Y %H:%M:%S', 'text', 'time', quoted(slashed), '+05:30'),
);

const word = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('view', 'cart', 'GET', '/a', '/b', 'a b', "it's", '') },
  { weight: 1, arbitrary: fc.constantFrom('é', 'say "so"', '\\', '\n', '=', '😀') },
);
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const number = fc.constantFrom(
  '0',
  '-1',
  '7',
  '12.50',
  '-0.25',
  '1e3',
  '123456789012345678',
  '9007199254740993',
);
const anything = fc.constantFrom(
  'null',
  '[]',
  '[1,"a",null]',
  '{"a":{"b":[true]}}',
  '"text"',
  '1.5',
  'false',
);
const ODD = ['null', '1', '"odd"', 'true', '{}', '[]', '9223372036854775808', '1.5'];

const valueOf = ({ type, compact, columns }: ColumnDeclaration): fc.Arbitrary<string> => {
  switch (type) {
    case 'text':
      return (compact === 'hex' ? fc.oneof(hex, fc.uuid(), word) : word).map((text) => JSON.stringify(text));
    case 'integer':
      return number.filter((spelling) => !/[.e]/.test(spelling));
    case 'number':
      return number;
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'object':
      return fieldsOf(Object.entries(columns ?? {}), 0).map(objectOf);
    case 'json':
      return anything;
  }
};

type Fields = readonly (readonly [name: string, json: string])[];
const objectOf = (fields: Fields): string =>
  `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;

/** `oddWeight`: how many of 40 values are not what was declared. */
const fieldsOf = (
  columns: readonly (readonly [string, ColumnDeclaration])[],
  oddWeight: number,
): fc.Arbitrary<Fields> =>
  fc
    .tuple(
      ...columns.map(([name, column]) => {
        const field = valueOf(column).map((json): Fields => [[name, json]]);
        const lacking = fc.constantFrom<Fields>([], [[name, 'null']]);
        const odd = fc.constantFrom(...ODD).map((json): Fields => [[name, json]]);
        return fc.oneof(
          { weight: 40 - oddWeight, arbitrary: field },
          { weight: column.optional ? 10 : 0, arbitrary: lacking },
          { weight: oddWeight, arbitrary: odd },
        );
      }),
    )
    .map((fields) => fields.flat());

const plainColumn = (type: ColumnType, optional: boolean): ColumnDeclaration => ({
  type,
  optional,
  compact: null,
  columns: null,
  description: '',
});

const type = fc.constantFrom<ColumnType>('text', 'text', 'integer', 'number', 'boolean', 'object', 'json');
const member = fc.tuple(fc.constantFrom<ColumnType>('text', 'integer', 'boolean', 'json'), fc.boolean());
const column = fc
  .tuple(
    type,
    fc.boolean(),
    fc.constantFrom<ColumnDeclaration['compact']>(null, null, 'hex', 'time', 'http_method', {
      dictionary: ['/a', '/b', 'é'],
    } as const),
    fc.option(fc.array(member, { maxLength: 2 })),
  )
  .map(([type, optional, compact, members]): ColumnDeclaration => ({
    ...plainColumn(type, optional),
    compact: type === 'text' ? compact : null,
    columns:
      type === 'object' && members
        ? Object.fromEntries(members.map(([type, optional], i) => [`m${i}`, plainColumn(type, optional)]))
        : null,
  }));

const declaration = fc
  .record({
    time,
    columns: fc.array(column, { maxLength: 5 }),
    place: fc.constantFrom('own', 'in front', 'element'),
    isTextId: fc.boolean(),
    isIdDeclared: fc.boolean(),
    format: fc.constantFrom('auto', 'python', 'json'),
    others: fc.constantFrom('keep', 'keep', 'quarantine'),
  })
  .map(({ time, columns, place, isTextId, isIdDeclared, format, others }) => {
    const declared: Declaration = {
      source: { data_selector: null, primary_key: 'key', contiguous: false },
      record: {
        payload: place === 'element' ? null : 'data',
        encryption: 'none',
        format: place === 'element' ? 'json' : format,
        primary_key: place === 'own' ? 'own' : null,
        event_time: { field: 'at', format: time.format, zone: time.zone },
        columns: {
          ...(isTextId || isIdDeclared
            ? { [place === 'own' ? 'own' : 'key']: plainColumn(isTextId ? 'text' : 'integer', false) }
            : {}),
          at: { ...plainColumn(time.type, false), compact: time.compact },
          ...Object.fromEntries(columns.map((column, i) => [`c${i}`, column])),
        },
        other_columns: others,
      },
    };
    return { declared, time, place, isTextId };
  });

const extra = fc.constantFrom<Fields>(
  [],
  [],
  [],
  [],
  [['other', '[1,{"c0":null}]']],
  [['C0', '1']],
  [['year', '1']],
  [['key', '5']],
);

/** A declaration, and records of it by one writer: all in one order of fields. */
export const declared: fc.Arbitrary<Declared> = declaration.chain(({ declared, time, place, isTextId }) => {
  const own = place === 'own' ? 'own' : place === 'element' ? 'key' : undefined;
  const columns = Object.entries(declared.record.columns).filter(
    ([name]) => name !== 'key' && name !== 'own' && name !== 'at',
  );
  const isPython = declared.record.format === 'python';
  const record = fc
    .record({
      id: isTextId ? fc.constantFrom<RecordId>('a-1', 'b"2', 'é', '01') : fc.nat({ max: 2 ** 40 }),
      epochMs: fc.integer({ min: FIRST_MS, max: LAST_MS }),
      isBadTime: fc.nat({ max: 30 }).map((n) => n === 0),
      fields: fieldsOf(columns, 1),
      extra,
      writer: fc.boolean(),
    })
    .map(({ id, epochMs, isBadTime, fields, extra, writer }): DeclaredRecord => {
      const idField: Fields = own === undefined ? [] : [[own, JSON.stringify(id)]];
      const others = extra.filter(([name]) => name !== own);
      const at: Fields = [['at', isBadTime ? '"soon"' : time.write(epochMs)]];
      const json = objectOf([...idField, ...fields.slice(0, 2), ...at, ...fields.slice(2), ...others]);
      const canBePython = isPython || (declared.record.format === 'auto' && writer);
      return { id, json, text: canBePython ? toPythonRepr(json) : json };
    });
  return fc
    .array(record, { minLength: 1, maxLength: 12 })
    .map((records) => ({ declaration: declared, records }));
});
