/** The statements of an emitted script. Literals hold no line breaks, so a `;` before one ends a statement. */
export const statementsOf = (script: string): string[] =>
  script
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
