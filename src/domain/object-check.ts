import { recordIdOf } from './merge-hour.js';

/** What a landed object must show when it is read back. */
export interface ObjectFacts {
  readonly rows: number;
  readonly firstId: number;
  readonly lastId: number;
}

/**
 * What an engine would stumble over in a landed object, unpacked; undefined when it is well. Each line must be one JSON
 * object: an array on one line reads as one row, a pretty-printed one as thousands without a single column.
 */
export function faultOfObject(unpacked: string, { rows, firstId, lastId }: ObjectFacts): string | undefined {
  if (!unpacked.endsWith('\n')) return 'its last line does not end';
  const lines = unpacked.split('\n').slice(0, -1);
  const odd = lines.findIndex((line) => !line.startsWith('{') || !line.endsWith('}'));
  if (odd >= 0) return `line ${odd + 1} is no row`;
  if (lines.length !== rows) return `it has ${lines.length} rows, not ${rows}`;
  const [first, last] = [idOf(lines[0]), idOf(lines.at(-1))];
  if (first === firstId && last === lastId) return undefined;
  return `its ids run from ${first} to ${last}, not from ${firstId} to ${lastId}`;
}

/** `nothing` where there is no row with an id. */
function idOf(line: string | undefined): number | 'nothing' {
  try {
    return recordIdOf(line ?? '');
  } catch {
    return 'nothing';
  }
}
