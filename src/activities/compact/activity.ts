import { compactBatch } from './compact-batch.js';
import { LIMITS } from '../../limits.js';
import type { ActivityDeps } from '../deps.js';
import { stage, unstage } from '../staging.js';
import { batchBytes, batchSink, giveBack } from '../memory.js';
import type { Ref, Scratch } from '../ref.js';
import type { QuarantineReason } from '../../dataset/reason.js';

export interface CompactInput extends Scratch {
  readonly decrypted: Ref;
}

export interface CompactResult {
  readonly compacted: Ref;
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Raw names whose hours were too many for one batch (LIMITS.batchHoursMax): for the next one. */
  readonly rest?: readonly string[];
  /** Event time of the newest valid record; null when there is none. */
  readonly newestEventMs: number | null;
}

/** Reads each plaintext as a record and gives it the compact form; what is no record goes into quarantine. */
export type Compact = (input: CompactInput) => Promise<CompactResult>;

export const createCompact =
  ({ storage, urls }: ActivityDeps): Compact =>
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
