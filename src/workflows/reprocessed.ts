import { TemporalFailure } from '@temporalio/workflow';
import { HourSet } from '../dataset/hour-set.js';
import { isCancellation, whatFailed } from './failures.js';
import type { ReprocessFailure, ReprocessResult } from './messages.js';

/** Of each kind of fault: a result goes through Temporal's history. */
const NAMED_MAX = 500;
const WHY_CHARACTERS_MAX = 1_000;

/** What a run of `reprocess`, or a piece of it, has done so far, and what it could not do. */
export class Reprocessed {
  carried = 0;
  hours = 0;
  sealed = 0;
  readonly changed = new HourSet();
  readonly nudged = new HourSet();
  readonly #gone: string[] = [];
  readonly #damaged: string[] = [];
  readonly #failed: ReprocessFailure[] = [];
  #unnamed = 0;

  /** `earlier`: of the run before, whose history was full. */
  constructor(earlier?: ReprocessResult) {
    if (earlier) this.add(earlier);
  }

  /** What a piece has done. */
  add(of: ReprocessResult): void {
    this.carried += of.carried;
    this.hours += of.hours;
    this.sealed += of.sealed;
    this.changed.addAll(new HourSet(of.changed));
    this.nudged.addAll(new HourSet(of.nudged));
    this.lose('gone', of.gone);
    this.lose('damaged', of.damaged);
    for (const failure of of.failed) this.#name(this.#failed, failure);
    this.#unnamed += of.unnamed;
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
      sealed: this.sealed,
      changed: this.changed.stored(),
      nudged: this.nudged.stored(),
      gone: [...this.#gone].sort(),
      damaged: [...this.#damaged].sort(),
      failed: [...this.#failed].sort((a, b) => (a.what < b.what ? -1 : 1)),
      unnamed: this.#unnamed,
    };
  }

  summary(): string {
    const faults = this.#gone.length + this.#damaged.length + this.#failed.length + this.#unnamed;
    const not = faults > 0 ? ` ${faults} answers or hours could not be: the result names them.` : '';
    const sealed = this.sealed > 0 ? `, ${this.sealed} sealed for the first time` : '';
    return `Done: ${this.carried} answers carried, ${this.hours} hours computed again, ${this.changed.size} changed${sealed}.${not}`;
  }

  #name<T>(named: T[], one: T): void {
    if (named.length < NAMED_MAX) named.push(one);
    else this.#unnamed += 1;
  }
}
