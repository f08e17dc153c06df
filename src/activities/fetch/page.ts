import { sha256Of } from '../../bytes/sha256.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import type { PageQuestion } from './port.js';
import type { Shown, ShownAnswers } from './shown.js';

/** What is asked for, by names of archived answers: what came after an id, the next page, or (nothing) the newest. */
export interface PageAsked {
  /** What came after this id. */
  readonly after?: number;
  /** Ids are text: what came after the newest that this answer shows. */
  readonly afterAnswer?: string;
  /** The page that this answer names as its next. */
  readonly nextOf?: string;
  /** Ids are text: the answer that shows the newest of the pages so far. */
  readonly newestBy?: string;
}

/** What the answer tells of the pages around it. */
export interface PageSeen {
  /** Hash of what the next page is asked with; null: there is none. */
  readonly next: string | null;
  /** Ids that came before the one that was asked after: none, where the source heeds the question. */
  readonly earlier: number;
  /** Only where ids are text: whether its newest came after the newest of the pages so far; null: not known. */
  readonly isNewer: boolean | null;
}

const HASH_DIGITS = 12;

export class Pages {
  constructor(
    private readonly dataset: string,
    private readonly answers: ShownAnswers,
  ) {}

  async question(asked: PageAsked): Promise<PageQuestion> {
    const start = asked.after ?? (await this.#newestOf(asked.afterAnswer));
    const from = asked.nextOf === undefined ? undefined : await this.answers.read(this.dataset, asked.nextOf);
    return { start, cursor: from?.cursor ?? undefined };
  }

  async seen(shown: Shown, asked: PageAsked, { start }: PageQuestion): Promise<PageSeen> {
    const next = shown.cursor === null ? null : sha256Of(Buffer.from(shown.cursor)).slice(0, HASH_DIGITS);
    const newest = this.answers.newestOf(shown);
    const before = await this.#newestOf(asked.newestBy);
    return {
      next,
      earlier: start === undefined ? 0 : await this.#earlier(shown, asked, start),
      isNewer: this.answers.isNewer(newest, before),
    };
  }

  async #newestOf(name: string | undefined): Promise<RecordId | undefined> {
    const shown = name === undefined ? undefined : await this.answers.read(this.dataset, name);
    return shown && this.answers.newestOf(shown);
  }

  async #earlier({ ids }: Shown, { afterAnswer }: PageAsked, start: RecordId): Promise<number> {
    if (this.answers.isByOrder) return [...ids].filter((id) => compareIds(id, start) < 0).length;
    const before = afterAnswer === undefined ? undefined : await this.answers.read(this.dataset, afterAnswer);
    return [...ids].filter((id) => id !== start && before?.ids.has(id) === true).length;
  }
}
