import { RESERVED_FIELDS, UNKNOWN_FIELDS } from './reserved-names.js';

const TAKEN = [...RESERVED_FIELDS, 'dt', UNKNOWN_FIELDS];
/** Glue has room for 255 bytes. */
export const NAME_CHARACTERS_MAX = 63;
/**
 * Characters that do not work even in quotes: Hive cannot ask for a column with a dot or a colon, Spark
 * writes none of ` ,;{}()=` and line breaks to Parquet, `<` and `>` stand around the types of a struct, and a
 * backtick or backslash ends or changes the quotes.
 */
const NO_QUOTES_HELP = /[.:,;{}()=<>`\\\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u;

/**
 * Why no column of a table can have this name, to be put behind it; undefined where one can. Names with blanks, quotes or signs are
 * quoted; engines that take none of these leave the column out (src/tables/engines/names.ts).
 */
export function faultOfColumnName(name: string): string | undefined {
  if (name === '' || name.length > NAME_CHARACTERS_MAX || NO_QUOTES_HELP.test(name))
    return (
      `is no name for a column: 1 to ${NAME_CHARACTERS_MAX} characters, none of . : , ; { } ( ) = < > \` \\, and no blank at an end. ` +
      'Leave it out, and it lands as it came'
    );
  return TAKEN.includes(name.toLowerCase())
    ? 'is the name of a column that tables have of their own (year, month, day, hour, dt, unknown_fields)'
    : undefined;
}

/** What every engine takes for a name, of a column and of a member. */
export const isPlainName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
