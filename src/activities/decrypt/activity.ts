import { AnswerOpener } from './answer-opener.js';
import { LIMITS } from '../../limits.js';
import { parseWindow } from './window.js';
import { answersOf } from '../answers.js';
import { breathe } from '../../lake/breathe.js';
import type { Activities } from '../contract.js';
import type { ActivityDeps } from '../deps.js';
import { stage } from '../staging.js';
import { batchBytes, batchSink } from '../memory.js';

/** Room for the plaintexts of an answer of 100 records, and of a batch as large as they come. */
const ANSWER_BYTES = 40 * 1024;
const BATCH_BYTES = 12 * 1024 * 1024;

export const createDecrypt =
  ({ storage, keyRing }: ActivityDeps): Activities['decrypt'] =>
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
