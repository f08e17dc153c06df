import { Buffer } from 'node:buffer';
import { EdgeFinder, type Edges } from './edges.js';
import { RowIdSet } from './row-id-set.js';
import type { Ledger } from '../../lake/ledger.js';
import type { RowPlaces } from '../../lake/row-id.js';
import { type Piece, RowCursor, samePiece } from '../../lake/lines.js';
import { LINE_FEED } from '../../bytes/ascii.js';
import { samePieceContent } from '../../lake/same-content.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { compareTexts } from '../../lake/segment.js';
import { type MergeSource, SegmentCursor } from '../../lake/segment-cursor.js';
import { type HourFacts, Tally } from './tally.js';

/** Rows are handed on in pieces of about this size. */
const CHUNK_BYTES = 256 * 1024;

/** What is sealed: the ledger, and the object's rows in its order, as chunks of whole lines. */
export interface SealedStream {
  readonly ledger: Ledger;
  /** Raw names in the ledger. */
  readonly raws: ReadonlySet<string>;
  /** Where its rows keep their ids. */
  readonly places: RowPlaces;
  lines(): AsyncIterable<Buffer>;
}

/** Facts of a merge that is through. */
export interface StreamFacts extends HourFacts {
  readonly firstRowId: RecordId | null;
  readonly lastRowId: RecordId | null;
  /** Of the rows alone. */
  readonly rowIds: RowIdSet;
  readonly edges: Edges;
}

/** What the merge waits for before it can go on. */
type Want = 'source' | 'entries' | 'sealed rows' | 'nothing';

/**
 * Merges an hour of any size by the rules of `mergeHour` (merge-hour.ts): runs together sources that are each
 * in the order of `compareEntries`, and gives rows as chunks of whole lines. `facts` is known once all rows
 * have been taken.
 *
 * Nothing is awaited from one record to the next while everything needed is in memory: a promise for each
 * would cost more than all the rest.
 */
export class StreamMerge {
  readonly #tally: Tally;
  readonly #waiting: MergeSource[];
  readonly #open: SegmentCursor[] = [];
  /** Undefined where nothing is sealed, and once all its rows were taken. */
  #landed: RowCursor | undefined;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;
  #ready: Buffer[] = [];
  readonly #rowIds = new RowIdSet();
  readonly #edges = new EdgeFinder();

  // The id whose appearances are being taken.
  #id: RecordId | undefined;
  #row: Piece | undefined;
  /** Whether `#row` was sealed before. */
  #isLanded = false;
  /** The first answer of those that are merged that shows it; empty before there is one. */
  #firstRaw = '';
  #lastRaw = '';
  #lastIndex = -1;

  constructor(
    sources: readonly MergeSource[],
    private readonly sealed?: SealedStream,
  ) {
    this.#tally = new Tally(sealed);
    this.#waiting = [...sources].sort((a, b) => compareIds(b.firstId, a.firstId));
  }

  async *rows(): AsyncGenerator<Buffer> {
    const landed = this.sealed && new RowCursor(this.sealed.lines(), this.sealed.places);
    try {
      if (landed && (await landed.fill())) this.#landed = landed;
      for (let want: Want | undefined = 'nothing'; want !== undefined; want = this.#goOn()) {
        if (this.#ready.length > 0) yield* this.#take();
        if (want === 'source') await this.#openNext();
        else if (want === 'entries') this.#settleTop(await this.#open[0]!.fill());
        else if (want === 'sealed rows' && !(await this.#landed!.fill())) this.#landed = undefined;
      }
      if (this.#ready.length > 0) yield* this.#take();
      if (this.#used > 0) yield this.#chunk.subarray(0, this.#used);
    } finally {
      await landed?.close();
      for (const cursor of this.#open) await cursor.close();
    }
  }

  facts(): StreamFacts {
    const rowIds = this.#rowIds;
    const { first: firstRowId, last: lastRowId } = rowIds;
    return { ...this.#tally.facts(), firstRowId, lastRowId, rowIds, edges: this.#edges.edges() };
  }

  /** Merges until it has to wait, or has rows to hand on; undefined at the end of all. */
  #goOn(): Want | undefined {
    for (;;) {
      if (this.#mustOpen()) return 'source';
      if (this.#ready.length > 0) return 'nothing';
      const top = this.#open[0];
      if (this.#id !== undefined) {
        if (top?.id !== this.#id) {
          this.#endId();
          continue;
        }
        this.#appear(top);
        if (!top.next()) return 'entries';
        this.#sink();
        continue;
      }
      const landed = this.#landed;
      if (landed && (!top || compareIds(landed.id, top.id) <= 0)) {
        if (landed.id === top?.id) this.#beginId(landed.id, landed.row);
        else {
          this.#write(landed.id, landed.row);
          this.#edges.add(landed.id, undefined, undefined);
        }
        if (!landed.next()) return 'sealed rows';
      } else if (top) this.#beginId(top.id, undefined);
      else return undefined;
    }
  }

  #beginId(id: RecordId, landed: Piece | undefined): void {
    this.#id = id;
    this.#row = landed;
    this.#isLanded = landed !== undefined;
    this.#firstRaw = '';
    this.#lastRaw = '';
    this.#lastIndex = -1;
  }

  /** The next appearance of the id; all of an id come in order. */
  #appear(entry: SegmentCursor): void {
    if (entry.raw === this.#lastRaw && entry.index === this.#lastIndex) return;
    if (this.sealed?.raws.has(entry.raw)) return;
    const tally = this.#tally;
    if (this.#firstRaw === '') this.#firstRaw = entry.raw;
    this.#lastRaw = entry.raw;
    this.#lastIndex = entry.index;
    tally.appear(entry);
    if (entry.reason !== undefined) tally.refuse(entry.reason);
    else if (this.#row === undefined) {
      tally.land(entry);
      this.#row = entry.row;
    } else if (samePiece(entry.row!, this.#row)) tally.repeat(entry, this.#isLanded, true);
    else if (samePieceContent(entry.row!, this.#row)) tally.repeat(entry, this.#isLanded, false);
    else tally.conflict(entry, this.#isLanded);
  }

  #endId(): void {
    const id = this.#id!;
    const isNew = !this.#isLanded && this.#firstRaw !== '';
    if (this.#row) this.#write(id, this.#row);
    else if (isNew) this.#tally.see(id);
    if (isNew) this.#edges.add(id, this.#firstRaw, this.#lastRaw);
    else if (this.#isLanded) this.#edges.add(id, undefined, undefined);
    this.#id = undefined;
    this.#row = undefined;
  }

  /** Whether a source that is not open yet may have something in front of what is at the top. */
  #mustOpen(): boolean {
    const next = this.#waiting.at(-1);
    const top = this.#open[0];
    return next !== undefined && (top === undefined || compareIds(top.id, next.firstId) >= 0);
  }

  async #openNext(): Promise<void> {
    const next = this.#waiting.pop()!;
    const cursor = new SegmentCursor(next.open(), (cause) => next.explain(cause));
    if (!(await cursor.begin())) return;
    this.#open.push(cursor);
    this.#rise();
  }

  /** Puts the cursor at the top back in order. `more`: it stands at its next entry; else it is at its end. */
  #settleTop(more: boolean): void {
    if (more) this.#sink();
    else this.#removeTop();
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

  #write(id: RecordId, { bytes, from, end }: Piece): void {
    const size = end - from + 1;
    this.#tally.row(id, size - 1);
    this.#rowIds.append(id);
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
  if (a.id !== b.id) return compareIds(a.id, b.id);
  if (a.raw !== b.raw) return a.raw < b.raw ? -1 : 1;
  if (a.index !== b.index) return a.index - b.index;
  return compareVerdicts(a, b) || compareTexts(a.key, b.key);
}

function compareVerdicts({ row, reason }: SegmentCursor, other: SegmentCursor): number {
  const that = other.row;
  if (row && that) return row.bytes.compare(that.bytes, that.from, that.end, row.from, row.end);
  if (row || that) return row ? -1 : 1;
  return compareTexts(reason!, other.reason!);
}
