/** What stands verbatim stands behind `=`, which no code begins with. */
export const isVerbatim = (column: string): string => `substr(${column}, 1, 1) = '='`;
export const verbatim = (column: string): string => `substr(${column}, 2)`;

/** Indented to stand in the select list of a view. */
export function lines(parts: readonly string[]): string {
  const [first = '', ...rest] = parts;
  return [first, ...rest.slice(0, -1).map((part) => `      ${part}`), `    ${rest.at(-1) ?? ''}`].join('\n');
}
