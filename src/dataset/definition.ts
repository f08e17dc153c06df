import { sha256Of } from '../bytes/sha256.js';
import type { ColumnDeclaration, Declaration } from './declaration.js';

/** A definition is a declaration as a lake keeps it, so that its rows can be read without the settings that made them. */

const HASH_DIGITS = 12;

/** The declaration as stored: indented JSON, its keys in one order, so that equal declarations have equal bytes. */
export function encodeDefinition({ source, record }: Declaration): string {
  const { event_time: time } = record;
  // Written out: the compiler asks for whatever a declaration gets later.
  const ordered: Declaration = {
    source: {
      data_selector: source.data_selector,
      primary_key: source.primary_key,
      contiguous: source.contiguous,
      ...(source.incremental ? { incremental: true } : {}),
    },
    record: {
      payload: record.payload,
      encryption: record.encryption,
      format: record.format,
      primary_key: record.primary_key,
      event_time: { field: time.field, format: time.format, zone: time.zone },
      columns: orderedColumns(record.columns),
      other_columns: record.other_columns,
    },
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

const orderedColumns = (
  columns: Readonly<Record<string, ColumnDeclaration>>,
): Readonly<Record<string, ColumnDeclaration>> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { type, optional, compact, columns: members, description }]) => [
      name,
      { type, optional, compact, columns: members && orderedColumns(members), description },
    ]),
  );

/** The name of a definition: of its bytes, or of the text that becomes them. */
export const definitionHash = (stored: Uint8Array | string): string => sha256Of(stored).slice(0, HASH_DIGITS);

export const isDefinitionHash = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{12}$/.test(text);

/** The way back. Throws SyntaxError for what is none. */
export function decodeDefinition(text: string): Declaration {
  const value = JSON.parse(text) as Partial<Declaration> | null;
  const { source, record } = value ?? {};
  if (typeof source?.primary_key !== 'string' || typeof record?.event_time !== 'object' || !record.columns)
    throw new SyntaxError('not a definition: it lacks fields');
  return value as Declaration;
}
