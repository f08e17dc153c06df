import { compactBatch } from '../domain/compact-batch.js';
import { LIMITS } from '../domain/limits.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { stage, unstage } from './lake.js';

export const createCompact =
  ({ storage, urls }: ActivityDeps): Activities['compact'] =>
  async ({ staging, decrypted }) => {
    const input = await unstage(storage, decrypted);
    const { bytes, records, quarantined, newestEventMs, rest } = compactBatch(
      input,
      urls,
      LIMITS.batchHoursMax,
    );
    return {
      compacted: await stage(storage, `${staging}compacted`, bytes, records),
      quarantined,
      newestEventMs,
      ...(rest.length > 0 ? { rest } : {}),
    };
  };
