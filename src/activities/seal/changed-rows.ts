import type { Buffer } from 'node:buffer';
import { LineCursor, type Piece, samePiece } from '../../lake/lines.js';
import { LINE_FEED } from '../../bytes/ascii.js';

class Lines extends LineCursor {
  line: Piece = { bytes: this.bytes, from: 0, end: 0 };

  protected read(from: number, end: number): void {
    this.line = { bytes: this.bytes, from, end };
  }
}

/**
 * Passes on rows only once they differ from the sealed ones, so that an unchanged hour is never written
 * again. At the first difference the equal rows before it are read from the sealed object. Both are chunks of
 * whole lines.
 */
export class ChangedRows {
  /** Whether all rows were those that stand, and those are all. False before `rows` has come to its end. */
  same = false;

  constructor(
    private readonly made: AsyncIterable<Buffer>,
    private readonly standing: (() => AsyncIterable<Buffer>) | undefined,
  ) {}

  async *rows(): AsyncGenerator<Buffer> {
    const { standing } = this;
    if (!standing) {
      yield* this.made;
      return;
    }
    const old = new Lines(standing());
    let alike: number | undefined = 0;
    try {
      for await (const chunk of this.made) {
        if (alike === undefined) {
          yield chunk;
          continue;
        }
        const count = await compareLines(chunk, old);
        alike += count.alike;
        if (count.until === chunk.length) continue;
        yield* firstLines(standing(), alike);
        yield chunk.subarray(count.until);
        alike = undefined;
      }
      if (alike !== undefined && (old.next() || (await old.fill()))) yield* firstLines(standing(), alike);
      else this.same = alike !== undefined;
    } finally {
      await old.close();
    }
  }
}

/** How many lines of the chunk are the next ones of `old`, and where the first that is not begins. */
async function compareLines(chunk: Buffer, old: Lines): Promise<{ alike: number; until: number }> {
  let alike = 0;
  for (let from = 0; from < chunk.length;) {
    const end = chunk.indexOf(LINE_FEED, from);
    const there = old.next() || (await old.fill());
    if (!there || !samePiece({ bytes: chunk, from, end }, old.line)) return { alike, until: from };
    alike += 1;
    from = end + 1;
  }
  return { alike, until: chunk.length };
}

async function* firstLines(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  if (count === 0) return;
  let left = count;
  for await (const chunk of chunks) {
    let at = 0;
    while (left > 0 && at < chunk.length) {
      const end = chunk.indexOf(LINE_FEED, at);
      at = end < 0 ? chunk.length : end + 1;
      left -= 1;
    }
    yield chunk.subarray(0, at);
    if (left === 0) return;
  }
}
