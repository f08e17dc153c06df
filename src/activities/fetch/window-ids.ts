import { type AnswerForm, readEnvelope } from '../../dataset/envelope.js';
import type { RecordId } from '../../dataset/record-id.js';
import { readRaw } from '../../lake/answers.js';
import { valueOf } from '../../lake/outcome.js';
import type { Storage } from '../../storage/port.js';
import { currentPulse } from '../pulse.js';
import { readAnswer } from './answer-reader.js';
import type { Observation } from './observation.js';

type Ids = ReadonlySet<RecordId>;
type Window = Pick<Observation, 'oldestId' | 'newestId' | 'fresh' | 'texts'>;

/** The ids of a window against those of the poll before. */
export class WindowIds {
  /** Of the last window of texts, so that it need not be read back: which answer, and its ids. */
  #last: { readonly key: string; readonly ids: Ids } | undefined;

  constructor(
    private readonly storage: Storage,
    private readonly form: AnswerForm,
  ) {}

  /** `afterId`, `afterAnswer`: of the poll before, its newest id, or the raw name of its answer where ids are text. */
  async observe(
    envelopes: readonly unknown[],
    { dataset, name }: { readonly dataset: string; readonly name: string },
    { afterId, afterAnswer }: { readonly afterId: number | null; readonly afterAnswer: string | null },
  ): Promise<Window> {
    const ids = idsOf(envelopes, this.form);
    const numbers = [...ids].filter((id) => typeof id === 'number');
    if (numbers.length === ids.size) return ofNumbers(numbers, afterId);
    const before = afterAnswer === null ? undefined : await this.#before(dataset, afterAnswer);
    this.#last = { key: `${dataset}/${name}`, ids };
    const fresh = [...ids].filter((id) => before?.has(id) !== true).length;
    const overlaps = before === undefined ? null : fresh < ids.size;
    return { oldestId: null, newestId: null, fresh, texts: { answer: name, shown: ids.size, overlaps } };
  }

  /** Undefined where they cannot be read: a poll must not fail over the answer before it. */
  async #before(dataset: string, name: string): Promise<Ids | undefined> {
    if (this.#last?.key === `${dataset}/${name}`) return this.#last.ids;
    try {
      const body = valueOf(await readRaw(this.storage, dataset, name));
      return body && idsOf(readAnswer(body, this.form).elements, this.form);
    } catch {
      currentPulse().warn(
        'the answer of the poll before cannot be read, so it is not known which ids are new',
        { name },
      );
      return undefined;
    }
  }
}

/** Elements that are no envelope are passed over: they go to quarantine when the answer is processed. */
function idsOf(envelopes: readonly unknown[], form: AnswerForm): Set<RecordId> {
  const ids = new Set<RecordId>();
  for (const element of envelopes) {
    const envelope = readEnvelope(element, form);
    if (envelope.ok) ids.add(envelope.id);
  }
  return ids;
}

function ofNumbers(ids: readonly number[], afterId: number | null): Window {
  let oldestId: number | null = null;
  let newestId: number | null = null;
  let fresh = 0;
  for (const id of ids) {
    oldestId = Math.min(oldestId ?? id, id);
    newestId = Math.max(newestId ?? id, id);
    if (afterId === null || id > afterId) fresh += 1;
  }
  return { oldestId, newestId, fresh };
}
