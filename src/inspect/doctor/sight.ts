import { createHash } from 'node:crypto';
import { EntryTable } from '../../activities/compact/entry-table.js';
import { WindowCompactor } from '../../activities/compact/window-compactor.js';
import { answerOf } from '../../activities/decrypt/open-answer.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { rawName } from '../../lake/keys.js';
import type { AnswerForm } from '../../dataset/envelope.js';
import type { RecordForm } from '../../dataset/form.js';
import { readRecord } from '../../dataset/record.js';
import type { RefusedElement } from '../../dataset/reason.js';
import type { Taken } from './sample.js';
import { kindOfText } from '../text-kinds.js';
import type { Answer } from '../../activities/fetch/port.js';

/** What one answer of the source shows. Nothing of it is stored. */
export interface Sight {
  readonly answer: Answer;
  readonly elements: readonly unknown[];
  /** Every element that would go to quarantine, by the very code that sends it there. */
  readonly refusals: readonly RefusedElement[];
  /** How many tokens each key opens, by its id. */
  readonly keys: ReadonlyMap<string, number>;
  /** Of the records that would land. */
  readonly eventsMs: readonly number[];
  /** What the records should be. */
  readonly form: RecordForm;
  /** Where they were looked for. */
  readonly answers: AnswerForm;
  readonly newestId: number | null;
  /** What plaintexts are from which no record can be read, in words, by their index. */
  readonly plaintexts: ReadonlyMap<number, string>;
  /** The first that would land. */
  readonly taken: Taken | undefined;
}

/** Judges an answer by the very code that carries answers into the lake, so that the two cannot differ. */
export function look(answer: Answer, ring: KeyRing, form: RecordForm): Sight {
  const raw = rawName(answer.fetchedAtMs, createHash('sha256').update(answer.body).digest('hex'));
  const shown = answerOf(ring, form.answers, raw, answer.body);
  const { refusals } = new WindowCompactor(form).compact(shown, new EntryTable());
  const keys = new Map<string, number>();
  const plaintexts = new Map<number, string>();
  const eventsMs: number[] = [];
  let taken: Taken | undefined;
  const { newestId } = shown.open((bytes, from, end, index, id, keyId) => {
    keys.set(keyId, (keys.get(keyId) ?? 0) + 1);
    const plaintext = bytes.subarray(from, end);
    const outcome = readRecord(plaintext, id, form, answer.fetchedAtMs);
    if (outcome.ok) {
      eventsMs.push(outcome.eventMs);
      const { row, hour } = outcome;
      taken ??= { element: answer.envelopes[index], plaintext: Buffer.from(plaintext), row, hour };
    }
    if (!outcome.ok && outcome.reason === 'not-a-record') plaintexts.set(index, kindOfText(plaintext));
  });
  const { answers } = form;
  const found = { form, keys, eventsMs, plaintexts, newestId, taken };
  return { answers, answer, elements: answer.envelopes, refusals, ...found };
}
