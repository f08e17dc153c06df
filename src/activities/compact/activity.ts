import { compactBatch } from './compact-batch.js';
import { LIMITS } from '../../limits.js';
import type { Activities } from '../contract.js';
import type { ActivityDeps } from '../deps.js';
import { stage, unstage } from '../staging.js';
import { batchBytes, batchSink, giveBack } from '../memory.js';

export const createCompact =
  ({ storage, urls }: ActivityDeps): Activities['compact'] =>
  async ({ staging, decrypted }) => {
    const input = await unstage(storage, decrypted);
    const out = batchSink(input.length);
    const batch = compactBatch(input, urls, LIMITS.batchHoursMax, out);
    giveBack(input);
    const { records, quarantined, newestEventMs, rest } = batch;
    return {
      compacted: await stage(storage, `${staging}compacted`, batchBytes(out), records),
      quarantined,
      newestEventMs,
      ...(rest.length > 0 ? { rest } : {}),
    };
  };
