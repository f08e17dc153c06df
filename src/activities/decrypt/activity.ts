import { batchAnswers, type BatchNames } from '../answers.js';
import type { ActivityDeps } from '../deps.js';
import { batchBytes, batchSink } from '../memory.js';
import type { BatchScratch, Ref } from '../ref.js';
import { leave } from '../staging.js';
import { DecryptedWriter } from './staged-form.js';

export interface DecryptInput extends BatchScratch, BatchNames {}

export interface DecryptResult {
  readonly decrypted: Ref;
  /** Raw names that were too much for one batch (LIMITS.batchBodyBytesMax): for the next one. */
  readonly rest: readonly string[];
  /** The task queue of the worker that did it, where it has one of its own: what it holds in memory, it alone can go on with. */
  readonly queue?: string;
}

/** Opens the tokens of some archived answers. */
export type Decrypt = (input: DecryptInput) => Promise<DecryptResult>;

/** Room for the plaintexts of an answer of 100 records, and of a batch as large as they come. */
const ANSWER_BYTES = 40 * 1024;
const BATCH_BYTES = 12 * 1024 * 1024;

export const createDecrypt =
  ({ storage, keyRing, form }: ActivityDeps, bodyBytesMax?: number): Decrypt =>
  async ({ staging, inStorage = false, ...names }) => {
    const out = batchSink(Math.min(ANSWER_BYTES * (names.raws.length + 1), BATCH_BYTES));
    const writer = new DecryptedWriter();
    let [taken, records] = [0, 0];
    for await (const answer of batchAnswers({ storage, form }, await keyRing(), names, bodyBytesMax)) {
      records += writer.write(answer, out);
      if (answer.kind !== 'before') taken += 1;
    }
    return {
      decrypted: await leave(
        storage,
        { dataset: names.dataset, staging, inStorage },
        'decrypted',
        batchBytes(out),
        records,
      ),
      rest: names.raws.slice(taken),
    };
  };
