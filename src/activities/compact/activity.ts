import { withKeys } from '../answers.js';
import { readDecrypted } from '../decrypt/staged-form.js';
import type { ActivityDeps } from '../deps.js';
import { batchBytes, batchSink } from '../memory.js';
import type { BatchScratch, Ref } from '../ref.js';
import { done, leave, unstage } from '../staging.js';
import { Batch, type BatchCounts, type BatchLimits } from './batch.js';
import { writeEntryTable } from './entry-table.js';

export interface CompactInput extends BatchScratch {
  readonly decrypted: Ref;
}

/** `gone` and `damaged` are keys in the archive. */
export interface CompactResult extends BatchCounts {
  readonly compacted: Ref;
  /** Raw names of the answers that are left to the next batch. */
  readonly rest: readonly string[];
}

/** Reads each plaintext as a record and gives it the compact form; what is no record goes into quarantine. */
export type Compact = (input: CompactInput) => Promise<CompactResult>;

export const createCompact =
  ({ storage, form }: ActivityDeps, limits?: BatchLimits): Compact =>
  async ({ decrypted, ...scratch }) => {
    const input = await unstage(storage, decrypted);
    const batch = new Batch(form, limits);
    const rest: string[] = [];
    for (const answer of readDecrypted(input)) if (!batch.take(answer)) rest.push(answer.raw);
    const out = batchSink(input.length);
    writeEntryTable(batch.table, out);
    done(storage, decrypted, input);
    const counts = batch.counts();
    const compacted = await leave(storage, scratch, 'compacted', batchBytes(out), counts.entries);
    return { compacted, rest, ...withKeys(scratch.dataset, counts) };
  };
