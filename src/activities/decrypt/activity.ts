import { AnswerOpener } from './answer-opener.js';
import { LIMITS } from '../../limits.js';
import { parseWindow } from './window.js';
import { answersOf } from '../answers.js';
import { breathe } from '../../lake/breathe.js';
import type { ActivityDeps } from '../deps.js';
import { stage } from '../staging.js';
import { batchBytes, batchSink } from '../memory.js';
import type { Ref, Scratch } from '../ref.js';

export interface DecryptInput extends Scratch {
  readonly raws: readonly string[];
  /** The answer before the first of `raws`, carried already: tells what that one repeats. */
  readonly context?: string | null;
}

export interface DecryptResult {
  readonly decrypted: Ref;
  readonly undecryptable: number;
  /** Keys of answers that are no longer in the archive. */
  readonly gone: readonly string[];
  /** Keys of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
  /** Raw names that were too much for one batch (LIMITS.batchBodyBytesMax): for the next one. */
  readonly rest?: readonly string[];
}

/** Opens the tokens of some archived answers; what no key opens goes into quarantine with its envelope. */
export type Decrypt = (input: DecryptInput) => Promise<DecryptResult>;

/** Room for the plaintexts of an answer of 100 records, and of a batch as large as they come. */
const ANSWER_BYTES = 40 * 1024;
const BATCH_BYTES = 12 * 1024 * 1024;

export const createDecrypt =
  ({ storage, keyRing }: ActivityDeps): Decrypt =>
  async ({ dataset, staging, raws, context }) => {
    const opener = new AnswerOpener(await keyRing());
    const names = context ? [context, ...raws] : raws;
    const out = batchSink(Math.min(ANSWER_BYTES * names.length, BATCH_BYTES));
    const lost = { gone: [] as string[], damaged: [] as string[] };
    let [taken, bytes, records, undecryptable] = [0, 0, 0, 0];
    for await (const [name, answer] of answersOf(storage, dataset, names)) {
      const isContext = Boolean(context) && taken === 0;
      taken += 1;
      if (answer.kind === 'read') {
        const body = answer.value;
        // Whole answers are dropped as soon as they are read: only what is in them stays in memory.
        const opened = opener.open(name, parseWindow(body), isContext, out);
        await breathe();
        if (isContext) continue;
        records += opened.records;
        undecryptable += opened.undecryptable;
        bytes += body.length;
      } else if (!isContext) lost[answer.kind].push(answer.key);
      if (bytes >= LIMITS.batchBodyBytesMax) break;
    }
    return {
      decrypted: await stage(storage, `${staging}decrypted`, batchBytes(out), records),
      undecryptable,
      ...lost,
      ...(taken < names.length ? { rest: names.slice(taken) } : {}),
    };
  };
