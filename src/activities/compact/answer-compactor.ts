import type { Buffer } from 'node:buffer';
import { countUndecryptable, openAnswer } from '../decrypt/answer-opener.js';
import type { EntryTable } from './entry-table.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import type { Hour } from '../../dataset/hour.js';
import type { UrlDictionary } from '../../dataset/urls.js';
import { type CompactedFacts, WindowCompactor } from './window-compactor.js';
import { parseWindow } from '../decrypt/window.js';

export interface AnswerFacts extends CompactedFacts {
  readonly undecryptable: number;
}

/** Archived answers at once to compacted entries: the decrypt and the compact step, one answer after the other. */
export class AnswerCompactor {
  readonly #compactor: WindowCompactor;

  constructor(
    private readonly ring: KeyRing,
    urls: UrlDictionary,
  ) {
    this.#compactor = new WindowCompactor(urls);
  }

  /** `body`: the answer `raw` as it came; it becomes one more window of `table`. `only`: leaves out what belongs to other hours. */
  compact(raw: string, body: Buffer, table: EntryTable, only?: Hour): AnswerFacts {
    const compactor = this.#compactor;
    compactor.begin(raw, table, only);
    const refusals = openAnswer(this.ring, parseWindow(body), (bytes, from, end, index, id, keyId) =>
      compactor.add(bytes, from, end, index, id, keyId),
    );
    return { ...compactor.finish(refusals), undecryptable: countUndecryptable(refusals) };
  }
}
