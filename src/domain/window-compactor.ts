import { Buffer } from 'node:buffer';
import { ByteSink } from './byte-sink.js';
import { writeDigits } from './digits.js';
import { type Hour, HOUR_CHARACTERS } from './hour.js';
import { arrivalMs } from './lake-keys.js';
import { CLOSE_LIST, COMMA, LINE_FEED, OPEN_LIST, SPACE, ZERO } from './literal-codes.js';
import { LIMITS } from './limits.js';
import { AHEAD_MAX_MS, readRecord, type RecordOutcome } from './record.js';
import { skeletonOf } from './record-skeleton.js';
import { codesOf, type Codes, RecordTemplate } from './record-template.js';
import type { PlainWindow, StagedRefusal } from './staged-form.js';
import type { UrlDictionary } from './urls.js';

/** Kinds of records kept in mind at once. */
const TEMPLATES_MAX = 4;
/** Records that have to pass between two attempts to learn a new kind: where all differ, learning would cost more than it saves. */
const LEARN_EVERY = 32;
/** Hour, blank, brackets, commas, the line's end, and four numbers. */
const HEAD_BYTES_MAX = 96;

export interface CompactedFacts {
  /** Entries written: records with a readable hour. */
  readonly entries: number;
  readonly refusals: readonly StagedRefusal[];
  /** Event hours of the entries, in the order of their first. */
  readonly hours: readonly Hour[];
  readonly newestEventMs: number | null;
}

/**
 * Reads and compacts the plaintexts of answers, from the decrypted form to the compacted one (staged-form.ts). The same as
 * `compactWindow`, record by record, which stays the reference: tests hold both to the same bytes.
 */
export class WindowCompactor {
  /** Records that fitted no template so far. */
  readOneByOne = 0;
  readonly #codes: Codes;
  #templates: RecordTemplate[] = [];
  #sinceLearnt = LEARN_EVERY;
  readonly #lines = new ByteSink();
  // Of the window at hand.
  #arrivalMs = 0;
  #keys: string[] = [];
  #hours = new Set<Hour>();
  #refusals: StagedRefusal[] = [];
  #entries = 0;
  #newestEventMs: number | null = null;
  /** Of the entry before: most have the same. */
  readonly #hourBytes = Buffer.alloc(HOUR_CHARACTERS);
  /** That hour is not the one that is wanted. */
  #isOther = false;

  constructor(
    private readonly urls: UrlDictionary,
    private readonly hoursMax: number = LIMITS.answerHoursMax,
  ) {
    this.#codes = codesOf(urls);
  }

  /** `bytes` hold the window; its compacted form is appended to `out`. `only`: leaves out what belongs to other hours. */
  compact(bytes: Buffer, window: PlainWindow, out: ByteSink, only?: Hour): CompactedFacts {
    const { raw, context } = window;
    this.#begin(window);
    let from = window.at;
    for (const [index, id, key, size] of window.records) {
      const end = from + size;
      if (!this.#plainRecord(bytes, from, end, index, id, key, only))
        this.#anyRecord(bytes.subarray(from, end), index, id, key, only);
      from = end;
    }
    const facts = {
      entries: this.#entries,
      refusals: this.#refusals,
      hours: [...this.#hours],
      newestEventMs: this.#newestEventMs,
    };
    const { entries, refusals, newestEventMs } = facts;
    const head = { raw, ...(context ? { context } : {}), keys: this.#keys, entries, refusals, newestEventMs };
    out.text(`${JSON.stringify(head)}\n`);
    out.copy(this.#lines.bytes, 0, this.#lines.used);
    return facts;
  }

  #begin(window: PlainWindow): void {
    this.#arrivalMs = arrivalMs(window.raw);
    this.#lines.used = 0;
    this.#keys = [];
    this.#hours = new Set();
    this.#refusals = [...window.refusals];
    this.#entries = 0;
    this.#newestEventMs = null;
    this.#hourBytes.fill(0);
    this.#isOther = false;
  }

  /** False, and nothing done, for a record that fits no template. */
  #plainRecord(
    bytes: Buffer,
    from: number,
    end: number,
    index: number,
    id: number,
    key: string,
    only: Hour | undefined,
  ): boolean {
    const lines = this.#lines;
    const keys = this.#keys.length;
    for (let i = 0; i < this.#templates.length; i += 1) {
      const template = this.#templates[i]!;
      lines.reserve(HEAD_BYTES_MAX + template.rowBytesMax(end - from));
      const out = lines.bytes;
      let to = this.#head(lines.used, index, id, key);
      to = writeDigits(out, template.jsonBytes(end - from), to);
      out[to] = COMMA;
      to = template.write(bytes, from, end, id, out, to + 1);
      if (to < 0) continue;
      const { epochMs } = this.#codes.time;
      if (epochMs > this.#arrivalMs + AHEAD_MAX_MS) break;
      if (!this.#sameHour(bytes, template.timeAt)) {
        const hour = bytes.toString('latin1', template.timeAt, template.timeAt + HOUR_CHARACTERS) as Hour;
        if (!this.#hours.has(hour) && this.#hours.size === this.hoursMax) break;
        this.#hours.add(hour);
        bytes.copy(this.#hourBytes, 0, template.timeAt, template.timeAt + HOUR_CHARACTERS);
        this.#isOther = only !== undefined && hour !== only;
      }
      if (this.#isOther) {
        this.#keys.length = keys;
        return true;
      }
      for (let h = 0; h < HOUR_CHARACTERS; h += 1) out[lines.used + h] = this.#hourBytes[h]!;
      out[to] = CLOSE_LIST;
      out[to + 1] = LINE_FEED;
      lines.used = to + 2;
      this.#entries += 1;
      if (this.#newestEventMs === null || epochMs > this.#newestEventMs) this.#newestEventMs = epochMs;
      if (i > 0) this.#toFront(i);
      return true;
    }
    this.#keys.length = keys;
    return false;
  }

  /** Writes what stands between hour and size: ` [id,0,index,key,`; the offset behind it. */
  #head(lineAt: number, index: number, id: number, key: string): number {
    const out = this.#lines.bytes;
    let to = lineAt + HOUR_CHARACTERS;
    out[to] = SPACE;
    out[to + 1] = OPEN_LIST;
    to = writeDigits(out, id, to + 2);
    out[to] = COMMA;
    out[to + 1] = ZERO;
    out[to + 2] = COMMA;
    to = writeDigits(out, index, to + 3);
    out[to] = COMMA;
    to = writeDigits(out, this.#keyNumber(key), to + 1);
    out[to] = COMMA;
    return to + 1;
  }

  #sameHour(bytes: Buffer, at: number): boolean {
    const last = this.#hourBytes;
    for (let i = 0; i < HOUR_CHARACTERS; i += 1) if (bytes[at + i] !== last[i]) return false;
    return true;
  }

  #keyNumber(key: string): number {
    const at = this.#keys.indexOf(key);
    return at >= 0 ? at : this.#keys.push(key) - 1;
  }

  #toFront(i: number): void {
    const [template] = this.#templates.splice(i, 1);
    this.#templates.unshift(template!);
  }

  /** As `compactWindow`. */
  #anyRecord(plaintext: Buffer, index: number, id: number, key: string, only: Hour | undefined): void {
    this.readOneByOne += 1;
    const outcome = readRecord(plaintext, id, { arrivalMs: this.#arrivalMs, urls: this.urls });
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
    if (only !== undefined && hour !== only) return;
    const tail = outcome.ok ? `${outcome.jsonBytes},${outcome.row}` : JSON.stringify(outcome.reason);
    this.#lines.text(`${hour} [${id},0,${index},${this.#keyNumber(key)},${tail}]\n`);
    this.#entries += 1;
    if (outcome.ok) this.#newestEventMs = Math.max(this.#newestEventMs ?? outcome.eventMs, outcome.eventMs);
  }

  /** Takes up the kind of this record, where its template makes of it what `readRecord` has made. */
  #learn(
    plaintext: Buffer,
    id: number,
    { row, jsonBytes, hour, eventMs }: Extract<RecordOutcome, { ok: true }>,
  ): void {
    if ((this.#sinceLearnt += 1) < LEARN_EVERY) return;
    this.#sinceLearnt = 0;
    const skeleton = skeletonOf(plaintext);
    if (!skeleton) return;
    const template = new RecordTemplate(skeleton, this.#codes);
    const out = Buffer.alloc(template.rowBytesMax(plaintext.length));
    const end = template.write(plaintext, 0, plaintext.length, id, out, 0);
    const isSame =
      end >= 0 &&
      out.toString('latin1', 0, end) === row &&
      template.jsonBytes(plaintext.length) === jsonBytes &&
      skeleton.slots.some(({ isId }) => isId) &&
      this.#codes.time.epochMs === eventMs &&
      plaintext.toString('latin1', template.timeAt, template.timeAt + HOUR_CHARACTERS) === hour;
    if (!isSame) return;
    this.#templates = [template, ...this.#templates.slice(0, TEMPLATES_MAX - 1)];
  }
}
