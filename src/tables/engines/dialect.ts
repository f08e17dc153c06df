import type { TypeNames } from './columns.js';

/** What SQL dialects do not share. `substr`, `||`, `CASE`, `regexp_replace` and `length` they all read alike. */
export interface Dialect {
  readonly types: TypeNames;
  readonly name: (identifier: string) => string;
  readonly literal: (text: string) => string;
  /** Lower-case hex digits of what unpadded base64url stands for; `padding` completes it to a multiple of four. */
  readonly hexOfBase64url: (sql: string, padding: '=' | '==') => string;
  /** From `2022-12-05 12:14:00.179`, UTC. */
  readonly timestamp: (sql: string) => string;
  /** Of an SQL expression that is a 64-bit integer. */
  readonly fromEpochMs: (sql: string) => string;
  /** A 64-bit integer of a number without a fraction. */
  readonly whole: (sql: string) => string;
  /** A member of the struct in a column. */
  readonly member: (column: string, member: string) => string;
  /** A struct of these members; `type` is its own. */
  readonly struct: (members: readonly (readonly [name: string, sql: string])[], type: string) => string;
  readonly minusMinutes: (timestamp: string, minutes: string) => string;
  readonly integer: (sql: string) => string;
  /** Whether a text matches, of what all engines' regular expressions read alike; `pattern` holds no quote or backslash. */
  readonly matches: (sql: string, pattern: string) => string;
  /** NULL where there is no such number. */
  readonly tryNumber: (sql: string, type: 'integer' | 'number') => string;
}
