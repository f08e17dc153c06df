/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string): number {
  const id = (JSON.parse(row) as { record_id?: unknown } | null)?.record_id;
  if (typeof id !== 'number') throw new SyntaxError('a landed row without record_id');
  return id;
}
