import type { Buffer } from 'node:buffer';
import { CLOSE_BRACE, LINE_FEED, OPEN_BRACE } from '../../bytes/ascii.js';
import { idMark, type RecordId } from '../../dataset/record-id.js';
import { type IdPlace, recordIdOf } from '../../lake/row-id.js';

/** What a landed object must show when it is read back. */
export interface ObjectFacts {
  readonly rows: number;
  /** As `idMark` has them. */
  readonly firstId: RecordId;
  readonly lastId: RecordId;
}

/**
 * Finds in a landed object, unpacked and in chunks of whole lines, what an engine would read wrongly. Each
 * line must be one JSON object: an array on one line reads as one row, a pretty-printed one as thousands
 * without a single column.
 */
export class ObjectCheck {
  #rows = 0;
  #odd: number | undefined;
  #ends = false;
  #first: string | undefined;
  #last: string | undefined;

  constructor(private readonly places: IdPlace) {}

  take(lines: Buffer): void {
    for (let at = 0; at < lines.length;) {
      const lineFeed = lines.indexOf(LINE_FEED, at);
      const end = lineFeed < 0 ? lines.length : lineFeed;
      this.#rows += 1;
      if (lines[at] !== OPEN_BRACE || lines[end - 1] !== CLOSE_BRACE) this.#odd ??= this.#rows;
      if (this.#rows === 1) this.#first = lines.toString('utf8', at, end);
      if (end + 1 >= lines.length) this.#last = lines.toString('utf8', at, end);
      this.#ends = lineFeed >= 0;
      at = end + 1;
    }
  }

  /** undefined when all is well. */
  fault({ rows, firstId, lastId }: ObjectFacts): string | undefined {
    if (!this.#ends) return 'its last line does not end';
    if (this.#odd !== undefined) return `line ${this.#odd} is no row`;
    if (this.#rows !== rows) return `it has ${this.#rows} rows, not ${rows}`;
    const [first, last] = [idOf(this.#first, this.places), idOf(this.#last, this.places)];
    if (first === firstId && last === lastId) return undefined;
    return `its ids run from ${first} to ${last}, not from ${firstId} to ${lastId}`;
  }
}

/** The mark of a row's id; `nothing` where there is no row with one. */
function idOf(line: string | undefined, places: IdPlace): RecordId {
  try {
    return idMark(recordIdOf(line ?? '', places));
  } catch {
    return 'nothing';
  }
}
