import type { Hour } from '../../dataset/hour.js';
import type { QuarantineReason } from '../../dataset/reason.js';
import type { RecordForm } from '../../dataset/form.js';
import { LIMITS } from '../../limits.js';
import type { BatchAnswer } from '../decrypt/open-answer.js';
import { EntryTable } from './entry-table.js';
import { WindowCompactor } from './window-compactor.js';

/** Where a batch ends. It always takes at least one answer. */
export interface BatchLimits {
  /** A batch that holds so many bytes of compacted entries takes no more answers. */
  readonly entryBytesMax: number;
  /** A batch that has refused so many elements takes no more answers. */
  readonly refusalsMax: number;
  /** Event hours, hence segments, that it may have. */
  readonly hoursMax: number;
}

const LIMITS_OF_ALL: BatchLimits = {
  entryBytesMax: LIMITS.batchEntryBytesMax,
  refusalsMax: LIMITS.answerRecordsMax,
  hoursMax: LIMITS.batchHoursMax,
};

/** What is counted of a batch, over the answers that it took. */
export interface BatchCounts {
  /** Elements of the answers, whatever became of them. */
  readonly elements: number;
  /** Appearances with a readable hour, landed or refused. */
  readonly entries: number;
  /** Elements that are refused, by reason. */
  readonly refused: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Event time of the newest valid record; null where there is none. */
  readonly newestEventMs: number | null;
  /** Raw names of answers that are not in the archive any more. */
  readonly gone: readonly string[];
  /** Raw names of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
}

/**
 * What becomes of a run of answers: which of them a batch takes and which it leaves to the next one, their entries, and what is counted.
 * The activities `decrypt` and `compact` do it with the opened answers staged in between, `carry` at once; the rules are here.
 */
export class Batch {
  /** Answers taken, unread ones among them. */
  taken = 0;
  readonly #compactor: WindowCompactor;
  readonly #hours = new Set<Hour>();
  readonly #refused: Partial<Record<QuarantineReason, number>> = {};
  readonly #unread = { gone: [] as string[], damaged: [] as string[] };
  #elements = 0;
  #entries = 0;
  #refusals = 0;
  #newestEventMs: number | null = null;
  /** Bytes in the table that are of the answer before. */
  #bytesBefore = 0;
  #isOver = false;

  constructor(
    form: RecordForm,
    private readonly limits: BatchLimits = LIMITS_OF_ALL,
    /** Takes the entries up. */
    readonly table: EntryTable = new EntryTable(),
  ) {
    this.#compactor = new WindowCompactor(form);
  }

  /**
   * Takes the next answer. False: the batch is full, and this answer and all after it are left to the next
   * one.
   */
  take(answer: BatchAnswer): boolean {
    if (this.#isOver) return false;
    if (answer.kind === 'before') {
      this.#compactor.compact(answer, this.table);
      this.#bytesBefore = this.table.sink.used;
      return true;
    }
    if (!('open' in answer)) {
      this.#unread[answer.kind].push(answer.raw);
      this.table.close(answer);
    } else if (!this.#compact(answer)) {
      this.#isOver = true;
      return false;
    }
    this.taken += 1;
    const { entryBytesMax, refusalsMax } = this.limits;
    this.#isOver = this.table.sink.used - this.#bytesBefore >= entryBytesMax || this.#refusals >= refusalsMax;
    return true;
  }

  #compact(answer: BatchAnswer & { readonly kind: 'carried' | 'before' }): boolean {
    const start = this.table.mark();
    const facts = this.#compactor.compact(answer, this.table);
    const added = facts.hours.filter((hour) => !this.#hours.has(hour));
    if (this.#hours.size > 0 && this.#hours.size + added.length > this.limits.hoursMax) {
      this.table.goBack(start);
      return false;
    }
    for (const hour of added) this.#hours.add(hour);
    for (const { reason } of facts.refusals) this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    this.#elements += facts.elements;
    this.#entries += facts.entries;
    this.#refusals += facts.refusals.length;
    const newest = facts.newestEventMs;
    if (newest !== null) this.#newestEventMs = Math.max(this.#newestEventMs ?? newest, newest);
    return true;
  }

  counts(): BatchCounts {
    return {
      elements: this.#elements,
      entries: this.#entries,
      refused: this.#refused,
      newestEventMs: this.#newestEventMs,
      ...this.#unread,
    };
  }
}
