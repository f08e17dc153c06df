import { Buffer } from 'node:buffer';
import { writeDigits } from '../../bytes/digits.js';
import { EntryTable } from './entry-table.js';
import { type Hour, HOUR_MS, hourOf } from '../../dataset/hour.js';
import { arrivalMs } from '../../lake/keys.js';
import { COMMA } from '../../bytes/ascii.js';
import { LIMITS } from '../../limits.js';
import { AHEAD_MAX_MS, readRecord, type RecordOutcome } from '../../dataset/record.js';
import { skeletonOf } from './record-skeleton.js';
import { codesOf, type Codes, RecordTemplate } from './record-template.js';
import type { RecordId } from '../../dataset/record-id.js';
import type { RefusedElement } from '../../dataset/reason.js';
import type { ReadableAnswer } from '../decrypt/open-answer.js';
import type { OpenedAnswer, TakePlain } from '../decrypt/opened.js';
import type { RecordForm } from '../../dataset/form.js';

/** Kinds of records kept in mind at once. */
const TEMPLATES_MAX = 4;
/**
 * One attempt to learn a new kind in so many records: where all differ, learning would cost more than it
 * saves.
 */
const LEARN_EVERY = 32;
/** A number and a comma. */
const SIZE_BYTES_MAX = 24;

export interface CompactedFacts {
  /** Of the answer, whatever became of them. */
  readonly elements: number;
  /** Entries written: records with a readable hour. */
  readonly entries: number;
  readonly refusals: readonly RefusedElement[];
  /** Event hours of the entries, in the order of their first. */
  readonly hours: readonly Hour[];
  readonly newestEventMs: number | null;
}

/**
 * Reads and compacts the records of answers, one answer after the other. Most records are like one before and are written by its
 * template; `compactWindow` (src/inspect/verify) reads each by itself, and tests hold both to the same bytes.
 */
export class WindowCompactor {
  /** Records that fitted no template so far. */
  readOneByOne = 0;
  readonly #codes: Codes;
  #templates: RecordTemplate[] = [];
  #sinceLearnt = LEARN_EVERY;
  // Of the window at hand.
  #table = new EntryTable();
  #only: Hour | undefined;
  #arrivalMs = 0;
  #hours = new Set<Hour>();
  #refusals: RefusedElement[] = [];
  #newestEventMs: number | null = null;
  // Of the entry before: most have the same.
  #key: string | undefined;
  #keyNumber = 0;
  /** Hours since 1970. */
  #hourAt = NaN;
  #hourNumber = 0;
  /** That hour is not the one that is wanted. */
  #isOther = false;

  constructor(
    private readonly form: RecordForm,
    private readonly hoursMax: number = LIMITS.answerHoursMax,
  ) {
    this.#codes = codesOf(form);
  }

  readonly #take: TakePlain = (bytes, from, end, index, id, key) => {
    if (!this.#plainRecord(bytes, from, end, index, id, key))
      this.#anyRecord(bytes.subarray(from, end), index, id, key);
  };

  /** The answer becomes one more window of `table`. `only`: leaves out what belongs to other hours. */
  compact(answer: ReadableAnswer, table: EntryTable, only?: Hour): CompactedFacts {
    this.#begin(answer.raw, table, only);
    const opened = answer.open(this.#take);
    return this.#finish(answer, opened);
  }

  #begin(raw: string, table: EntryTable, only: Hour | undefined): void {
    this.#table = table;
    this.#only = only;
    this.#arrivalMs = arrivalMs(raw);
    this.#hours = new Set();
    this.#refusals = [];
    this.#newestEventMs = null;
    this.#key = undefined;
    this.#hourAt = NaN;
    this.#isOther = false;
  }

  #finish(answer: ReadableAnswer, { elements, refusals, newestId }: OpenedAnswer): CompactedFacts {
    const all = [...refusals, ...this.#refusals];
    // Where one hour alone is wanted, it is not for the archive's refusals, and they may be many.
    const { from, end } = this.#table.close(answer, newestId, this.#only === undefined ? all : []);
    return {
      elements,
      entries: end - from,
      refusals: all,
      hours: [...this.#hours],
      newestEventMs: this.#newestEventMs,
    };
  }

  /** False, and nothing done, for a record that fits no template. */
  #plainRecord(bytes: Buffer, from: number, end: number, index: number, id: RecordId, key: string): boolean {
    const table = this.#table;
    const { sink } = table;
    for (let i = 0; i < this.#templates.length; i += 1) {
      const template = this.#templates[i]!;
      sink.reserve(SIZE_BYTES_MAX + template.rowBytesMax(end - from));
      const out = sink.bytes;
      const tail = sink.used;
      const row = writeDigits(out, template.jsonBytes(end - from), tail) + 1;
      out[row - 1] = COMMA;
      const to = template.write(bytes, from, end, id, out, row);
      if (to < 0) continue;
      const { eventMs } = template;
      if (eventMs > this.#arrivalMs + AHEAD_MAX_MS) break;
      const hourAt = Math.floor(eventMs / HOUR_MS);
      if (hourAt !== this.#hourAt) {
        const hour = hourOf(eventMs);
        if (!this.#hours.has(hour) && this.#hours.size === this.hoursMax) break;
        this.#hours.add(hour);
        this.#hourNumber = table.hours.numberOf(hour);
        this.#hourAt = hourAt;
        this.#isOther = this.#only !== undefined && hour !== this.#only;
      }
      if (this.#isOther) return true;
      sink.used = to;
      table.add(id, index, this.#hourNumber, this.#numberOfKey(key), tail, row, to);
      if (this.#newestEventMs === null || eventMs > this.#newestEventMs) this.#newestEventMs = eventMs;
      if (i > 0) this.#toFront(i);
      return true;
    }
    return false;
  }

  #numberOfKey(key: string): number {
    if (key === this.#key) return this.#keyNumber;
    this.#key = key;
    return (this.#keyNumber = this.#table.keys.numberOf(key));
  }

  #toFront(i: number): void {
    const [template] = this.#templates.splice(i, 1);
    this.#templates.unshift(template!);
  }

  /** As `compactWindow`. */
  #anyRecord(plaintext: Buffer, index: number, id: RecordId, key: string): void {
    this.readOneByOne += 1;
    const outcome = readRecord(plaintext, id, this.form, this.#arrivalMs);
    const { hour } = outcome;
    if (outcome.ok) this.#learn(plaintext, id, outcome);
    if (hour && !this.#hours.has(hour) && this.#hours.size === this.hoursMax) {
      this.#refusals.push({
        index,
        reason: 'too-many-hours',
        detail: `over ${this.hoursMax} event hours in one answer`,
      });
      return;
    }
    if (!outcome.ok) this.#refusals.push({ index, reason: outcome.reason, detail: outcome.detail });
    if (!hour) return;
    this.#hours.add(hour);
    if (this.#only !== undefined && hour !== this.#only) return;
    const table = this.#table;
    const { sink } = table;
    const tail = sink.used;
    if (outcome.ok) sink.text(`${outcome.jsonBytes},`);
    const row = sink.used;
    sink.text(outcome.ok ? outcome.row : JSON.stringify(outcome.reason));
    table.add(id, index, table.hours.numberOf(hour), this.#numberOfKey(key), tail, row, sink.used);
    if (outcome.ok) this.#newestEventMs = Math.max(this.#newestEventMs ?? outcome.eventMs, outcome.eventMs);
  }

  /** Learns the kind of this record, if its template makes the same row as `readRecord` has made. */
  #learn(
    plaintext: Buffer,
    id: RecordId,
    { row, jsonBytes, eventMs }: Extract<RecordOutcome, { ok: true }>,
  ): void {
    if ((this.#sinceLearnt += 1) < LEARN_EVERY) return;
    this.#sinceLearnt = 0;
    const skeleton = skeletonOf(plaintext, this.form);
    if (!skeleton) return;
    const template = new RecordTemplate(skeleton, this.#codes);
    const out = Buffer.alloc(template.rowBytesMax(plaintext.length));
    const end = template.write(plaintext, 0, plaintext.length, id, out, 0);
    const isSame =
      end >= 0 &&
      out.toString('utf8', 0, end) === row &&
      template.jsonBytes(plaintext.length) === jsonBytes &&
      (this.form.isIdInFront || skeleton.slots.some(({ isId }) => isId)) &&
      skeleton.slots.some(({ isTime }) => isTime) &&
      template.eventMs === eventMs;
    if (!isSame) return;
    this.#templates = [template, ...this.#templates.slice(0, TEMPLATES_MAX - 1)];
  }
}
