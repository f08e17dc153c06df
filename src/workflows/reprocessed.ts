import { setCurrentDetails, TemporalFailure } from '@temporalio/workflow';
import type { Hour } from '../dataset/hour.js';
import { isCancellation, whatFailed } from './failures.js';
import type { ReprocessFailure, ReprocessResult } from './messages.js';

/** Of each kind of fault: a result goes through Temporal's history. */
const NAMED_MAX = 500;
const WHY_CHARACTERS_MAX = 1_000;

/** What a run of `reprocess` has done so far, and what it could not do. */
export class Reprocessed {
  carried = 0;
  hours = 0;
  readonly changed: Hour[] = [];
  readonly nudged: Hour[] = [];
  readonly #gone: string[] = [];
  readonly #damaged: string[] = [];
  readonly #failed: ReprocessFailure[] = [];
  #unnamed = 0;

  /** `earlier`: of the run before, whose history was full. */
  constructor(earlier?: ReprocessResult) {
    if (!earlier) return;
    this.carried = earlier.carried;
    this.hours = earlier.hours;
    this.changed.push(...earlier.changed);
    this.nudged.push(...earlier.nudged);
    this.#gone.push(...earlier.gone);
    this.#damaged.push(...earlier.damaged);
    this.#failed.push(...earlier.failed);
    this.#unnamed = earlier.unnamed;
  }

  addCarried(count: number): void {
    this.carried += count;
    setCurrentDetails(`${this.carried} answers carried.`);
  }

  /** Answers that are `gone` from the archive, or `damaged`, by their keys. */
  lose(kind: 'gone' | 'damaged', keys: readonly string[]): void {
    const named = kind === 'gone' ? this.#gone : this.#damaged;
    for (const key of keys) this.#name(named, key);
  }

  /** Notes what could not be done. Throws where the run was cancelled: then nothing more is to be done. */
  failAt(what: string, error: unknown): void {
    // What is no failure of Temporal's is a bug of this code, and stays one.
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
    const { code, why } = whatFailed(error);
    this.#name(this.#failed, { what, code, why: why.slice(0, WHY_CHARACTERS_MAX) });
  }

  told(): ReprocessResult {
    return {
      carried: this.carried,
      hours: this.hours,
      changed: [...this.changed].sort(),
      nudged: [...this.nudged].sort(),
      gone: [...this.#gone].sort(),
      damaged: [...this.#damaged].sort(),
      failed: [...this.#failed].sort((a, b) => (a.what < b.what ? -1 : 1)),
      unnamed: this.#unnamed,
    };
  }

  summary(): string {
    const faults = this.#gone.length + this.#damaged.length + this.#failed.length + this.#unnamed;
    const not = faults > 0 ? ` ${faults} answers or hours could not be: the result names them.` : '';
    return `Done: ${this.carried} answers carried, ${this.hours} hours computed again, ${this.changed.length} changed.${not}`;
  }

  #name<T>(named: T[], one: T): void {
    if (named.length < NAMED_MAX) named.push(one);
    else this.#unnamed += 1;
  }
}
