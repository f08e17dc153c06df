import { encodeDecrypted } from '../domain/staged-form.js';
import { LIMITS } from '../domain/limits.js';
import { type DecryptedWindow, decryptingWindow, parseWindow } from '../domain/window.js';
import { breathe, inSlices } from './breathe.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { readRaw, stage } from './lake.js';
import { currentPulse } from './pulse.js';
import { readAhead } from './read-ahead.js';

/** An answer may have LIMITS.bodyBytesMax, and several times that once it is parsed. */
const READS_AT_ONCE = 4;

export const createDecrypt =
  ({ storage, keyRing }: ActivityDeps): Activities['decrypt'] =>
  async ({ dataset, staging, raws, context }) => {
    const pulse = currentPulse();
    const ring = await keyRing();
    const damaged: string[] = [];
    const staged: Buffer[] = [];
    let bytes = 0;
    let records = 0;
    let undecryptable = 0;
    const read = (name: string): Promise<Buffer | undefined> => readRaw(storage, dataset, name);
    const open = async (name: string, body: Buffer): Promise<DecryptedWindow> => {
      pulse.beat();
      await breathe();
      return await inSlices(decryptingWindow(name, parseWindow(body), ring));
    };
    const before = context ? await read(context) : undefined;
    if (context && before) staged.push(encodeDecrypted({ ...(await open(context, before)), context: true }));
    let taken = 0;
    for await (const [name, body] of readAhead(raws, READS_AT_ONCE, read)) {
      taken += 1;
      if (body) {
        // Whole answers are dropped as soon as they are read: only what is in them stays in memory.
        const window = await open(name, body);
        records += window.records.length;
        undecryptable += window.refusals.filter(({ reason }) => reason === 'undecryptable').length;
        staged.push(encodeDecrypted(window));
        bytes += body.length;
      } else damaged.push(name);
      if (bytes >= LIMITS.batchBodyBytesMax) break;
    }
    return {
      decrypted: await stage(storage, `${staging}decrypted`, Buffer.concat(staged), records),
      undecryptable,
      damaged,
      ...(taken < raws.length ? { rest: raws.slice(taken) } : {}),
    };
  };
