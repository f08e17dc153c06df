import { AnswerCompactor } from '../compact/answer-compactor.js';
import { takeHours } from '../compact/compact-batch.js';
import { EntryTable } from '../compact/entry-table.js';
import type { Hour } from '../../dataset/hour.js';
import { addCounts, type QuarantineTally } from '../../lake/ledger.js';
import { LIMITS } from '../../limits.js';
import { valueOf } from '../../lake/outcome.js';
import { packSegments } from '../partition/pack-segments.js';
import { gapsBetween } from '../partition/table-news.js';
import { parseWindow } from '../decrypt/window.js';
import type { Storage } from '../../storage/port.js';
import { answersOf } from '../answers.js';
import { breathe } from '../../lake/breathe.js';
import type { ActivityDeps } from '../deps.js';
import { eachRefused } from '../partition/envelopes.js';
import pMap from 'p-map';
import { readRaw } from '../../lake/answers.js';
import { batchBytes, batchSink, giveBack } from '../memory.js';
import { idShownBy } from '../compact/answer-ids.js';
import { packFastChunks } from '../gzip/pack.js';
import { currentPulse } from '../pulse.js';
import { putSegment } from '../upload/put-segment.js';
import { requarantine } from '../upload/quarantine.js';
import type { PartitionInput } from '../partition/activity.js';
import type { QuarantineCounts } from '../../lake/ledger.js';

export interface CarryInput extends Pick<PartitionInput, 'dataset' | 'slot' | 'n' | 'again'> {
  /** Raw names, in order of arrival. */
  readonly raws: readonly string[];
  /** The answer before the first of `raws`: what the source moved past between the two is a gap. */
  readonly context?: string | null;
}

export interface CarryResult {
  /** Appearances with a readable hour. */
  readonly records: number;
  readonly undecryptable: number;
  /** Keys of answers that are no longer in the archive. */
  readonly gone: readonly string[];
  /** Keys of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
  /** Appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** What was put into the lake. */
  readonly bytes: number;
  readonly hours: readonly Hour[];
  /** Raw names that were too much for one batch (src/activities/carry/activity.ts); at least one was not. */
  readonly rest: readonly string[];
}

/** For `reprocess`: decrypt, compact, partition, gzip and upload of one batch at once, with nothing staged in between. */
export type Carry = (input: CarryInput) => Promise<CarryResult>;

/** Records of an answer, and room for their compacted form. */
const ANSWER_RECORDS = 100;
const ANSWER_BYTES = 26 * 1024;
/** For the answer with which a batch is full. */
const BEHIND_BYTES = 1024 * 1024;
const WRITES_AT_ONCE = 8;

/** Behind which a batch takes no further answers; it takes at least one. */
interface BatchLimits {
  /** Of compacted entries. */
  readonly bytesMax: number;
  readonly refusalsMax: number;
  readonly hoursMax: number;
}

export const createCarry =
  (
    { storage, keyRing, urls }: ActivityDeps,
    limits: BatchLimits = {
      bytesMax: LIMITS.carryBytesMax,
      refusalsMax: LIMITS.answerRecordsMax,
      hoursMax: LIMITS.batchHoursMax,
    },
  ): Carry =>
  async ({ dataset, raws, context = null, slot, n, again = false }) => {
    const pulse = currentPulse();
    const newestId = context === null ? undefined : await newestIdIn(storage, dataset, context);
    const compactor = new AnswerCompactor(await keyRing(), urls);
    const table = new EntryTable(
      batchSink(Math.min(ANSWER_BYTES * raws.length, limits.bytesMax) + BEHIND_BYTES),
      ANSWER_RECORDS * raws.length,
    );
    const hours = new Set<Hour>();
    const lost = { gone: [] as string[], damaged: [] as string[] };
    let [taken, records, refusals, undecryptable] = [0, 0, 0, 0];
    for await (const [name, answer] of answersOf(storage, dataset, raws)) {
      if (answer.kind === 'read') {
        const before = table.mark();
        const facts = compactor.compact(name, answer.value, table);
        if (!takeHours(hours, facts.hours, limits.hoursMax)) {
          table.goBack(before);
          break;
        }
        records += facts.entries;
        refusals += facts.refusals.length;
        undecryptable += facts.undecryptable;
      } else lost[answer.kind].push(answer.key);
      taken += 1;
      await breathe();
      if (table.sink.used >= limits.bytesMax || refusals >= limits.refusalsMax) break;
    }
    let bytes = 0;
    const quarantined: QuarantineTally = {};
    const segments = packSegments(table, gapsBetween(table, newestId));
    await pMap(
      segments,
      async (segment) => {
        pulse.beat();
        const packed = await packFastChunks(segment.chunks());
        await putSegment(storage, dataset, { hour: segment.hour, slot, n }, packed);
        bytes += packed.length;
      },
      { concurrency: WRITES_AT_ONCE },
    );
    giveBack(batchBytes(table.sink));
    await eachRefused(storage, dataset, table.windows, again, async (raw, entries) => {
      const { bytes: put, added } = await requarantine(storage, dataset, raw, entries);
      bytes += put;
      addCounts(quarantined, added);
    });
    return {
      records,
      undecryptable,
      ...lost,
      quarantined,
      bytes,
      hours: segments.map(({ hour }) => hour),
      rest: raws.slice(taken),
    };
  };

/** The highest id that an answer shows; undefined where it shows none, is gone, or is damaged. */
async function newestIdIn(storage: Storage, dataset: string, name: string): Promise<number | undefined> {
  const body = valueOf(await readRaw(storage, dataset, name));
  let newest: number | undefined;
  for (const element of body ? parseWindow(body) : []) {
    const id = idShownBy(element);
    if (id !== undefined && (newest === undefined || id > newest)) newest = id;
  }
  return newest;
}
