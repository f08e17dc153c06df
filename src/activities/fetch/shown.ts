import { placeOf } from '../../bytes/json-path.js';
import type { PagesRequest } from '../../config/source.js';
import { type AnswerForm, readEnvelope } from '../../dataset/envelope.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { readRaw } from '../../lake/answers.js';
import { valueOf } from '../../lake/outcome.js';
import { LIMITS } from '../../limits.js';
import type { Storage } from '../../storage/port.js';
import { currentPulse } from '../pulse.js';
import { readAnswer, textOf } from './answer-reader.js';

/** What an answer shows, as far as the next question hangs on it. */
export interface Shown {
  /** In the order of the answer. Elements that are no envelope are passed over: they go to quarantine later. */
  readonly ids: ReadonlySet<RecordId>;
  /** What its next page is asked with; null: it names none. */
  readonly cursor: string | null;
}

/** The answer before, the one whose id was asked after, and the newest of the pages so far. */
const KEPT = 4;

/**
 * What archived answers show. Ids that are text, and cursors, may say anything, so Temporal's history holds the name of the answer that
 * shows them; the last few are kept here, so that they need not be read back.
 */
export class ShownAnswers {
  readonly #kept = new Map<string, Shown>();

  constructor(
    private readonly storage: Storage,
    private readonly form: AnswerForm,
    private readonly pages: PagesRequest | undefined,
  ) {}

  note(dataset: string, name: string, body: Buffer, envelopes: readonly unknown[]): Shown {
    const path = this.pages?.cursorPath ?? null;
    const shown = { ids: idsOf(envelopes, this.form), cursor: path && cursorIn(body, path) };
    this.#kept.set(`${dataset}/${name}`, shown);
    for (const key of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(key);
    return shown;
  }

  /** Undefined where it cannot be read: a poll must not fail over an earlier answer. */
  async read(dataset: string, name: string): Promise<Shown | undefined> {
    const kept = this.#kept.get(`${dataset}/${name}`);
    if (kept) return kept;
    try {
      const body = valueOf(await readRaw(this.storage, dataset, name));
      return body && this.note(dataset, name, body, readAnswer(body, this.form).elements);
    } catch {
      currentPulse().warn('an earlier answer cannot be read, so it is not known which ids it showed', {
        name,
      });
      return undefined;
    }
  }

  /** Whether ids tell which record is newer. */
  get isByOrder(): boolean {
    return (this.pages?.newest ?? 'highest') === 'highest';
  }

  /** Whether the newest of a page came after that of the pages before; null: not known. */
  isNewer(newest: RecordId | undefined, before: RecordId | undefined): boolean | null {
    if (newest === undefined || before === undefined) return null;
    return this.isByOrder ? compareIds(newest, before) > 0 : this.pages?.newest === 'last';
  }

  /** The id that is asked after next. */
  newestOf({ ids }: Shown): RecordId | undefined {
    const all = [...ids];
    if (this.pages?.newest === 'first') return all[0];
    if (this.pages?.newest === 'last') return all.at(-1);
    return all.reduce<RecordId | undefined>(
      (newest, id) => (newest === undefined || compareIds(id, newest) > 0 ? id : newest),
      undefined,
    );
  }
}

function idsOf(envelopes: readonly unknown[], form: AnswerForm): Set<RecordId> {
  const ids = new Set<RecordId>();
  for (const element of envelopes) {
    const envelope = readEnvelope(element, form);
    if (envelope.ok) ids.add(envelope.id);
  }
  return ids;
}

/** null where there is none: not there, null, false, empty, or nothing that a parameter could hold. */
function cursorIn(body: Buffer, path: readonly string[]): string | null {
  const text = textOf(body);
  const place = text && placeOf(text, path);
  if (place === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(text!.toString('utf8', ...place));
  } catch {
    return null;
  }
  if (value === null || value === false || value === '') return null;
  const cursor = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  if (cursor !== undefined && cursor.length <= LIMITS.cursorCharactersMax) return cursor;
  const why = cursor === undefined ? `is ${typeof value}, not text` : 'is too long for a parameter';
  currentPulse().warn(`the cursor of the next page ${why}: check cursor_path`, { path: path.join('.') });
  return null;
}
