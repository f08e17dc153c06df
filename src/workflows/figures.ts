/** Three figures for a person to read, or all of a whole number that has more: `1.68`, `16.8`, `1240`, and never `1.24e+3`. */
export const threeFigures = (value: number): string =>
  Math.abs(value) < 999.5 ? value.toPrecision(3) : String(Math.round(value));
