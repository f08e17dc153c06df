/** The partition keys: engines drop, or refuse, a column of the same name. */
export const RESERVED_FIELDS: readonly string[] = ['year', 'month', 'day', 'hour'];

/** Holds what nobody declared, as JSON text, in the forms that have typed columns. */
export const UNKNOWN_FIELDS = 'unknown_fields';
