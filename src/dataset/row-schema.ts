import type { Compaction } from './compaction.js';

/** One known field of a record: from this table come validation, compaction, DDL and the docs. */
export interface SchemaField {
  readonly name: string;
  /** The type in the record as it came. In the landed row, every field with a compaction is a string. */
  readonly type: 'string' | 'integer' | 'dict';
  readonly compaction: Compaction | null;
  readonly meaning: string;
  /** Of a dict: the members that tables declare. All are text, none is required; others pass untouched. */
  readonly members?: readonly SchemaMember[];
}

export interface SchemaMember {
  readonly name: string;
  readonly meaning: string;
}

/** In the order of the source. All are required; other fields pass untouched. */
export const ROW_SCHEMA = [
  { name: 'user_id', type: 'string', compaction: 'userId', meaning: 'who: 64 hex digits, as a rule' },
  { name: 'record_id', type: 'integer', compaction: null, meaning: 'the id of the record, ascending' },
  { name: 'activity', type: 'string', compaction: null, meaning: 'what was done: view, cart or purchase' },
  { name: 'url', type: 'string', compaction: 'url', meaning: 'the path that was asked for' },
  { name: 'method', type: 'string', compaction: 'method', meaning: 'the HTTP method' },
  { name: 'name', type: 'string', compaction: null, meaning: 'the logger that wrote the record' },
  { name: 'inDate', type: 'string', compaction: 'time', meaning: 'the time of the event, UTC' },
  {
    name: 'detail',
    type: 'dict',
    compaction: null,
    meaning: 'the log message and its level',
    members: [
      { name: 'message', meaning: 'the log message' },
      { name: 'levelname', meaning: 'the level of the log message' },
    ],
  },
] as const satisfies readonly SchemaField[];

/** The partition keys: engines drop, or refuse, a column of the same name. */
export const RESERVED_FIELDS: readonly string[] = ['year', 'month', 'day', 'hour'];

/** Holds what the schema does not declare, as JSON text, in the forms that have typed columns. */
export const UNKNOWN_FIELDS = 'unknown_fields';

export const SCHEMA_BY_NAME: ReadonlyMap<string, SchemaField> = new Map(
  ROW_SCHEMA.map((field) => [field.name, field]),
);
