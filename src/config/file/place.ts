/** From the top of the file to a value: names, and places in lists from 0 on. */
export type Path = readonly (string | number)[];

/** Both from 1 on. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, and where. The message is a sentence whose subject is `path`. */
export interface Fault {
  readonly path: Path;
  /** `name`: what is wrong is the name in front of the value. */
  readonly at: 'name' | 'value';
  /** Never a value of the file. */
  readonly message: string;
  /** Where it stands, if not where the path does. */
  readonly place?: Place;
}

/** `datasets.logs.record.columns."a b".type`, `formats[1]`. */
export const dotted = (path: Path): string =>
  path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      return `${at === 0 ? '' : '.'}${/^[\w-]+$/.test(step) ? step : JSON.stringify(step)}`;
    })
    .join('');

/** A path as the key of a table. */
export const keyOf = (path: Path): string => JSON.stringify(path);

/** Whether `path` is `above`, or below it. */
export const isWithin = (above: Path, path: Path): boolean =>
  above.length <= path.length && above.every((step, at) => path[at] === step);
