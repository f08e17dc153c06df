/**
 * What a user declares of a dataset's records (`fernlake.yaml`), with every default filled in: plain data, without a secret. Names are
 * those of the file. It says what an answer holds and what a row means, so it is stored in the lake; how the source is reached
 * is not part of it.
 */
export interface Declaration {
  readonly source: {
    /** Where the array of records is in an answer: `data.items`; null: the answer is the array. */
    readonly data_selector: string | null;
    /** The element's field that holds its id: an integer, or text. */
    readonly primary_key: string;
    /** Whether ids count up without holes, so that a hole is a loss. Never for text. */
    readonly contiguous: boolean;
    /** It is asked for what came after an id, or for pages: two answers in a row that share no id tell of no loss. */
    readonly incremental?: true;
  };
  readonly record: {
    /** The element's field that holds the record; null: the element is the record. */
    readonly payload: string | null;
    readonly encryption: 'fernet' | 'none';
    /** How the record is written; `auto`: what it looks like. */
    readonly format: 'auto' | 'python' | 'json';
    /** The record's own field that must equal the element's id; null: it is not looked at. */
    readonly primary_key: string | null;
    readonly event_time: {
      readonly field: string;
      /** `iso8601`, `epoch_s`, `epoch_ms`, `python_logging`, `rfc1123`, or a pattern of strptime. */
      readonly format: string;
      /** What a time is local to that names no zone: `UTC`, `Europe/Berlin`, `+05:30`. */
      readonly zone: string;
    };
    /** By name, in the order of the file. */
    readonly columns: Readonly<Record<string, ColumnDeclaration>>;
    /** What becomes of fields that nobody declared. */
    readonly other_columns: 'keep' | 'quarantine';
  };
}

export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'object' | 'json';

export interface ColumnDeclaration {
  readonly type: ColumnType;
  /** May be missing, or null. */
  readonly optional: boolean;
  /** How the landed row spells a text more shortly; null: as it is. */
  readonly compact: CompactionDeclaration | null;
  /** Of an `object` alone: its members that have columns of their own. */
  readonly columns: Readonly<Record<string, ColumnDeclaration>> | null;
  /** For tables and docs; may be empty. */
  readonly description: string;
}

export type CompactionDeclaration =
  'hex' | 'time' | 'http_method' | { readonly dictionary: readonly string[] };
