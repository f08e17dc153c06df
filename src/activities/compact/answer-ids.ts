import type { Buffer } from 'node:buffer';
import { idShownBy } from '../../dataset/envelope.js';
import { EntryTable } from './entry-table.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import type { Hour } from '../../dataset/hour.js';
import type { RecordForm } from '../../dataset/form.js';
import { readAnswer } from '../fetch/answer-reader.js';
import { answerOf } from '../decrypt/open-answer.js';
import { WindowCompactor } from './window-compactor.js';

/** An id and the event hour of its record, landed or refused. */
export interface PlacedId {
  readonly id: number;
  readonly hour: Hour;
}

/** The whole-number ids that an answer shows, ascending, each once: between texts nothing can be missing. */
export class AnswerIds {
  constructor(
    /**
     * Ids of records whose hour can be read. Where an id stands for records of two hours, the earlier counts.
     */
    private readonly placed: readonly PlacedId[],
    /** Ids of records without a readable hour, which are in quarantine. */
    readonly homeless: readonly number[],
  ) {}

  /** The highest below `id`. */
  below(id: number): PlacedId | undefined {
    return this.placed[this.#firstFrom(id) - 1];
  }

  /** The earliest hour of those below `id`. */
  earliestBelow(id: number): Hour | undefined {
    let earliest: Hour | undefined;
    for (let i = this.#firstFrom(id) - 1; i >= 0; i -= 1) {
      const { hour } = this.placed[i]!;
      if (earliest === undefined || hour < earliest) earliest = hour;
    }
    return earliest;
  }

  /** The lowest above `id`. */
  above(id: number): PlacedId | undefined {
    return this.placed[this.#firstFrom(id + 1)];
  }

  at(id: number): PlacedId | undefined {
    const found = this.placed[this.#firstFrom(id)];
    return found?.id === id ? found : undefined;
  }

  /** Undefined where no record has a readable hour. */
  get lowest(): PlacedId | undefined {
    return this.placed[0];
  }

  /** Of all. */
  get highest(): number | undefined {
    const [placed, homeless] = [this.placed.at(-1)?.id, this.homeless.at(-1)];
    return placed === undefined || (homeless !== undefined && homeless > placed) ? homeless : placed;
  }

  /** All from `from` to `to`. */
  *between(from: number, to: number): Generator<number> {
    for (let i = this.#firstFrom(from); i < this.placed.length && this.placed[i]!.id <= to; i += 1)
      yield this.placed[i]!.id;
    for (const id of this.homeless) if (id >= from && id <= to) yield id;
  }

  /** Position of the first that is not below `id`. */
  #firstFrom(id: number): number {
    let [low, high] = [0, this.placed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.placed[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Reads the ids out of archived answers. */
export class AnswerIdReader {
  readonly #compactor: WindowCompactor;
  readonly #table = new EntryTable();
  readonly #empty = this.#table.mark();

  constructor(
    private readonly ring: KeyRing,
    private readonly form: RecordForm,
  ) {
    this.#compactor = new WindowCompactor(form);
  }

  read(name: string, body: Buffer): AnswerIds {
    const table = this.#table;
    table.goBack(this.#empty);
    this.#compactor.compact(answerOf(this.ring, this.form.answers, name, body), table);
    const hours = new Map<number, Hour>();
    for (let entry = 0; entry < table.count; entry += 1) {
      const [id, hour] = [table.id[entry]!, table.hours.all[table.hour[entry]!]!];
      if (id < 0) continue;
      const known = hours.get(id);
      if (known === undefined || hour < known) hours.set(id, hour);
    }
    const homeless = new Set<number>();
    for (const element of readAnswer(body, this.form.answers).elements) {
      const id = idShownBy(element, this.form.answers);
      if (id !== undefined && !hours.has(id)) homeless.add(id);
    }
    const placed = [...hours].map(([id, hour]) => ({ id, hour }));
    return new AnswerIds(
      placed.sort((a, b) => a.id - b.id),
      [...homeless].sort((a, b) => a - b),
    );
  }
}
