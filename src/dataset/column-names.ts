import { RESERVED_FIELDS, UNKNOWN_FIELDS } from './reserved-names.js';

const TAKEN = [...RESERVED_FIELDS, 'dt', UNKNOWN_FIELDS];

/** Why no column of a table can have this name, to be put behind it; undefined where one can. */
export function faultOfColumnName(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name))
    return 'is no name that every engine takes for a column: leave it out, and it lands as it came';
  return TAKEN.includes(name.toLowerCase())
    ? 'is the name of a column that tables have of their own (year, month, day, hour, dt, unknown_fields)'
    : undefined;
}
