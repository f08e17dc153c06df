import { Buffer } from 'node:buffer';
import { appendId, type IdRange } from './id-ranges.js';
import type { Ledger } from './ledger.js';
import { type Piece, RowCursor, samePiece } from './lines.js';
import { LINE_FEED } from './literal-codes.js';
import { SegmentCursor } from './segment-cursor.js';
import { type HourFacts, Tally } from './tally.js';

/** Rows are handed on in pieces of about this size. */
const CHUNK_BYTES = 256 * 1024;

/** A sorted segment that is read only once the merge comes to its first id, so that few are open at once. */
export interface MergeSource {
  readonly firstId: number;
  open(): AsyncIterable<Buffer>;
  /** The error for what is no segment, which names this one. */
  explain(cause: unknown): unknown;
}

/** What is sealed: the ledger, and the object's rows in its order, as chunks of whole lines. */
export interface SealedStream {
  readonly ledger: Ledger;
  /** Raw names in the ledger. */
  readonly raws: ReadonlySet<string>;
  lines(): AsyncIterable<Buffer>;
}

/** Facts of a merge that is through. */
export interface StreamFacts extends HourFacts {
  readonly firstRowId: number | null;
  readonly lastRowId: number | null;
  /** Of the rows alone. */
  readonly rowIds: readonly IdRange[];
}

/**
 * `mergeHour` (merge-hour.ts says by which rules) for an hour of any size: the sources, each in the order of
 * `compareEntries`, run together, and the rows come out as chunks of whole lines. `facts` once they have all been taken.
 */
export class StreamMerge {
  readonly #tally: Tally;
  readonly #waiting: MergeSource[];
  readonly #open: SegmentCursor[] = [];
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;
  #ready: Buffer[] = [];
  readonly #rowIds: [number, number][] = [];

  constructor(
    sources: readonly MergeSource[],
    private readonly sealed?: SealedStream,
  ) {
    this.#tally = new Tally(sealed);
    this.#waiting = [...sources].sort((a, b) => b.firstId - a.firstId);
  }

  async *rows(): AsyncGenerator<Buffer> {
    const sealed = this.sealed && new RowCursor(this.sealed.lines());
    try {
      let more = sealed !== undefined && (await sealed.fill());
      for (;;) {
        await this.#openUpTo();
        const top = this.#open[0];
        while (sealed && more && (!top || sealed.id < top.id)) {
          this.#write(sealed.id, sealed.row);
          more = sealed.next() || (await sealed.fill());
          if (this.#ready.length > 0) yield* this.#take();
        }
        if (!top) break;
        const { id } = top;
        const landed = sealed && more && sealed.id === id ? sealed.row : undefined;
        if (landed) more = sealed!.next() || (await sealed!.fill());
        const row = await this.#takeId(id, landed);
        if (row) this.#write(id, row);
        if (this.#ready.length > 0) yield* this.#take();
      }
      if (this.#used > 0) yield this.#chunk.subarray(0, this.#used);
    } finally {
      await sealed?.close();
      for (const cursor of this.#open) await cursor.close();
    }
  }

  facts(): StreamFacts {
    const rowIds = this.#rowIds;
    const [firstRowId, lastRowId] = [rowIds[0]?.[0] ?? null, rowIds.at(-1)?.[1] ?? null];
    return { ...this.#tally.facts(), firstRowId, lastRowId, rowIds };
  }

  /** All appearances of one id, in order; the row that stands for it now. */
  async #takeId(id: number, landed: Piece | undefined): Promise<Piece | undefined> {
    const tally = this.#tally;
    let row = landed;
    let fresh = false;
    let lastRaw = '';
    let lastIndex = -1;
    for (let top = this.#open[0]; top?.id === id; top = this.#open[0]) {
      const again = top.raw === lastRaw && top.index === lastIndex;
      if (!again && !this.sealed?.raws.has(top.raw)) {
        fresh = true;
        lastRaw = top.raw;
        lastIndex = top.index;
        tally.appear(top);
        if (top.reason !== undefined) tally.refuse(top.reason);
        else if (row === undefined) {
          tally.land(top);
          row = top.row;
        } else if (samePiece(top.row!, row)) tally.repeat(top, landed !== undefined);
        else tally.conflict(top, landed !== undefined);
      }
      if (top.next() || (await top.fill())) this.#sink();
      else this.#removeTop();
      await this.#openUpTo();
    }
    if (fresh && row === undefined) tally.see(id);
    return row;
  }

  /** Opens every source that may have something in front of what is at the top. */
  async #openUpTo(): Promise<void> {
    for (;;) {
      const next = this.#waiting.at(-1);
      const top = this.#open[0];
      if (!next || (top && top.id < next.firstId)) return;
      this.#waiting.pop();
      const cursor = new SegmentCursor(next.open(), (cause) => next.explain(cause));
      if (await cursor.begin()) {
        this.#open.push(cursor);
        this.#rise();
      }
    }
  }

  /** The open cursors are a binary heap, the first in order at 0. */
  #rise(): void {
    const heap = this.#open;
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compare(heap[parent]!, heap[at]!) <= 0) return;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#open;
    let at = 0;
    for (;;) {
      let least = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2; child += 1)
        if (child < heap.length && compare(heap[child]!, heap[least]!) < 0) least = child;
      if (least === at) return;
      [heap[least], heap[at]] = [heap[at]!, heap[least]!];
      at = least;
    }
  }

  #removeTop(): void {
    const last = this.#open.pop();
    if (!last || this.#open.length === 0) return;
    this.#open[0] = last;
    this.#sink();
  }

  #write(id: number, { bytes, from, end }: Piece): void {
    const size = end - from + 1;
    this.#tally.row(id, size - 1);
    appendId(this.#rowIds, id);
    if (this.#used + size > this.#chunk.length) {
      if (this.#used > 0) this.#ready.push(this.#chunk.subarray(0, this.#used));
      this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size));
      this.#used = 0;
    }
    bytes.copy(this.#chunk, this.#used, from, end);
    this.#used += size;
    this.#chunk[this.#used - 1] = LINE_FEED;
  }

  #take(): Buffer[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

/** As `compareEntries`; rows are compared as bytes, which orders two tellings of one appearance, and nothing else. */
function compare(a: SegmentCursor, b: SegmentCursor): number {
  if (a.id !== b.id) return a.id - b.id;
  if (a.raw !== b.raw) return a.raw < b.raw ? -1 : 1;
  if (a.index !== b.index) return a.index - b.index;
  if (a.row && b.row) return a.row.bytes.compare(b.row.bytes, b.row.from, b.row.end, a.row.from, a.row.end);
  if (a.row || b.row) return a.row ? -1 : 1;
  return a.reason! < b.reason! ? -1 : Number(a.reason !== b.reason);
}
