import { patched, workflowInfo } from '@temporalio/workflow';
import type { Hour } from '../domain/hour.js';
import { compactTime, stagingPrefix } from '../domain/lake-keys.js';
import { LIMITS } from '../domain/limits.js';
import { findAnswers } from './find-answers.js';
import { isFull } from './full.js';
import { inLanes, type Lanes } from './lanes.js';
import type { ReprocessEarlier, ReprocessInput } from './messages.js';
import { processBatch } from './process-batch.js';

/** What runs that older versions began go on with, the newer one first. */
const FORMER_LANES: readonly [Lanes, Lanes] = [
  { lanes: 4, each: 250 },
  { lanes: 3, each: 250 },
];

/**
 * `carryArchive` as runs of older versions have begun it: each step of a batch an activity, the answers of a page to their end before
 * the next page is asked for. The oldest carry one small batch after the other.
 */
export async function carryInSteps(
  input: ReprocessInput,
  touched: Set<Hour>,
  { after: from }: Pick<ReprocessEarlier, 'after'>,
  onCarried: (count: number) => void,
): Promise<Pick<ReprocessEarlier, 'after'>> {
  const { dataset, mode } = input;
  const { runId, startTime } = workflowInfo();
  const sideBySide = patched('batches-side-by-side');
  const lanes = FORMER_LANES[patched('batches-on-threads') ? 0 : 1];
  const again = mode === 'redrive' ? { again: true } : {};
  let n = 0;
  let after = from;
  do {
    const found = await findAnswers(input, after);
    const carry = async (raws: readonly string[]): Promise<readonly string[]> => {
      const { hours, rest } = await processBatch({
        dataset,
        slot: compactTime(startTime.getTime()),
        n: n++,
        staging: stagingPrefix(dataset, runId),
        raws,
        ...again,
      });
      for (const hour of hours) touched.add(hour);
      return rest;
    };
    if (sideBySide) {
      await inLanes(lanes, found.raws, carry);
      onCarried(found.raws.length);
      after = found.raws.at(-1) ?? after;
      if (found.raws.length > 0 && isFull()) return { after };
    } else {
      for (let at = 0; at < found.raws.length;) {
        const raws = found.raws.slice(at, at + LIMITS.batchWindowsMax);
        const rest = await carry(raws);
        at += raws.length - rest.length;
        onCarried(raws.length - rest.length);
        after = found.raws[at - 1] ?? after;
        if (isFull()) return { after };
      }
    }
    after = found.next;
  } while (after !== null);
  return { after: null };
}
