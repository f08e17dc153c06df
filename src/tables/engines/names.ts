import { isPlainName } from '../../dataset/column-names.js';
import type { Column, RecordForm } from '../../dataset/form.js';

/** Which names an engine takes, in quotes. What it does not take it cannot be asked for: the column is left out of its tables. */
export interface NameRules {
  readonly column: (name: string) => boolean;
  /** Of a member of a struct. */
  readonly member: (name: string) => boolean;
}

/** A struct's type is text to Hive, and its members are not quoted there. */
export const PLAIN_MEMBERS: NameRules = { column: () => true, member: isPlainName };

/** https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html: no special characters but the underscore. */
export const PLAIN_NAMES: NameRules = { column: isPlainName, member: isPlainName };

const BIGQUERY_OWN = /^(_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier|_change_)/i;
/** https://cloud.google.com/bigquery/docs/schemas#column_names; flexible names are not for external tables. */
export const BIGQUERY_NAMES: NameRules = {
  column: (name) => isPlainName(name) && !BIGQUERY_OWN.test(name),
  member: isPlainName,
};

interface Named {
  readonly form: RecordForm;
  /** As JSON, `"detail.user-agent"` for a member. */
  readonly leftOut: string;
}

/** The form of what the engine can name, and what it cannot. */
export function namable(form: RecordForm, rules: NameRules): Named {
  const leftOut: string[] = [];
  const columns = form.columns.flatMap((column) => {
    const kept = rules.column(column.name) ? withMembers(column, rules, leftOut) : undefined;
    if (!kept) leftOut.push(column.name);
    return kept ? [kept] : [];
  });
  return {
    form: leftOut.length === 0 ? form : { ...form, columns },
    leftOut: leftOut.map((name) => JSON.stringify(name)).join(', '),
  };
}

/** undefined where no member is left, since no engine has an empty struct. */
function withMembers(column: Column, rules: NameRules, leftOut: string[]): Column | undefined {
  if (!column.members) return column;
  const kept = column.members.filter(({ name }) => rules.member(name));
  if (kept.length === 0) return undefined;
  for (const { name } of column.members) if (!rules.member(name)) leftOut.push(`${column.name}.${name}`);
  return { ...column, members: kept };
}

/** What a reader of the statements should know of columns that are not there; nothing where all are. */
export const leftOutComment = (leftOut: string): string =>
  leftOut === ''
    ? ''
    : `-- Left out, since their names are none that this engine takes (the rows have them): ${leftOut}\n`;
