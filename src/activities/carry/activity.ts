import pMap from 'p-map';
import type { Hour } from '../../dataset/hour.js';
import { addCounts, type QuarantineCounts, type QuarantineTally } from '../../lake/ledger.js';
import { LIMITS } from '../../limits.js';
import { batchAnswers, type BatchNames, withKeys } from '../answers.js';
import { Batch, type BatchCounts, type BatchLimits } from '../compact/batch.js';
import { EntryTable } from '../compact/entry-table.js';
import type { ActivityDeps } from '../deps.js';
import { packFastChunks } from '../gzip/pack.js';
import { batchBytes, batchSink, giveBack } from '../memory.js';
import type { PartitionInput } from '../partition/activity.js';
import { eachRefused } from '../partition/envelopes.js';
import type { PackedSegment } from '../partition/pack-segments.js';
import { partitionTable } from '../partition/partition-table.js';
import { currentPulse } from '../pulse.js';
import { putSegment } from '../upload/put-segment.js';
import { requarantine } from '../upload/quarantine.js';

export interface CarryInput extends BatchNames, Pick<PartitionInput, 'slot' | 'n' | 'again'> {}

/** `gone` and `damaged` are keys in the archive. */
export interface CarryResult extends BatchCounts {
  /** Appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** What was put into the lake. */
  readonly bytes: number;
  readonly hours: readonly Hour[];
  /** Raw names of the answers that are left to the next batch. */
  readonly rest: readonly string[];
}

/** For `reprocess`: decrypt, compact, partition, gzip and upload of one batch at once, with nothing staged in between. */
export type Carry = (input: CarryInput) => Promise<CarryResult>;

/** Records of an answer, and room for their compacted form. */
const ANSWER_RECORDS = 100;
const ANSWER_BYTES = 26 * 1024;
/** Room for the last answer of a batch, which is taken whole. */
const LAST_ANSWER_BYTES = 1024 * 1024;
const WRITES_AT_ONCE = 8;

export const createCarry =
  ({ storage, keyRing, form }: ActivityDeps, limits?: BatchLimits, bodyBytesMax?: number): Carry =>
  async ({ slot, n, again = false, ...names }) => {
    const { dataset, raws } = names;
    const pulse = currentPulse();
    const sizeBytes = Math.min(ANSWER_BYTES * raws.length, LIMITS.batchEntryBytesMax) + LAST_ANSWER_BYTES;
    const table = new EntryTable(batchSink(sizeBytes), ANSWER_RECORDS * raws.length);
    const batch = new Batch(form, limits, table);
    for await (const answer of batchAnswers({ storage, form }, await keyRing(), names, bodyBytesMax))
      if (!batch.take(answer)) break;
    const { segments, carried } = partitionTable(table, form.definition);
    const quarantined: QuarantineTally = {};
    let bytes = 0;
    const put = async (segment: PackedSegment): Promise<void> => {
      pulse.beat();
      const packed = await packFastChunks(segment.chunks());
      await putSegment(storage, dataset, { hour: segment.hour, slot, n }, packed);
      bytes += packed.length;
    };
    await pMap(segments, put, { concurrency: WRITES_AT_ONCE });
    giveBack(batchBytes(table.sink));
    await eachRefused({ storage, form }, dataset, carried, again, async (raw, entries) => {
      const rewritten = await requarantine(storage, dataset, raw, entries);
      bytes += rewritten.bytes;
      addCounts(quarantined, rewritten.added);
    });
    return {
      ...withKeys(dataset, batch.counts()),
      quarantined,
      bytes,
      hours: segments.map(({ hour }) => hour),
      rest: raws.slice(batch.taken),
    };
  };
