import {
  ChildWorkflowFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, FindResult } from '../activities/contract.js';
import type { Hour } from '../domain/hour.js';
import { compactTime, stagingPrefix } from '../domain/lake-keys.js';
import { LIMITS } from '../domain/limits.js';
import {
  advance,
  type Advance,
  type ReprocessEarlier,
  type ReprocessInput,
  type ReprocessResult,
  reprocessStatus,
  type SealSettings,
} from './messages.js';
import { show } from './attributes.js';
import { codeOf } from './failures.js';
import { isFull } from './full.js';
import { isAlreadyStarted, sealInput, sealOptions, sealSettings, startOrNudge } from './nudge.js';
import { processBatch } from './process-batch.js';
import type { sealHour } from './seal-hour.js';
import { sealedHours } from './sealed-hours.js';
import { TIMEOUTS } from './timeouts.js';

const { findUncarried, findRedrivable } = proxyActivities<Activities>(TIMEOUTS.seal);
/** Batches carried at once, and answers in each: enough for the waits for storage and server to overlap, few enough for a small machine. */
const LANES = { batches: 4, answers: LIMITS.reprocessWindowsMax } as const;
/** What runs that an older version began go on with. */
const FORMER_LANES: Lanes = { batches: 3, answers: 250 };
/** Hours rebuilt at once. */
const HOURS_AT_ONCE = 4;
const NOTHING_YET: ReprocessResult = { carried: 0, hours: 0, changed: [], nudged: [] };

/**
 * Raw archive -> the same steps -> the same bytes. Runs beside the live schedule: it writes through the same segments and
 * the same seals, which know every appearance by name, so no row can double.
 *
 * Where its history has grown large it goes on as a new run (`earlier`): a year has 8,760 hours, each of some ten events.
 */
export async function reprocess(input: ReprocessInput, earlier?: ReprocessEarlier): Promise<ReprocessResult> {
  const { carried, hours: done, changed, nudged } = earlier?.result ?? NOTHING_YET;
  const result = { carried, hours: done, changed: [...changed], nudged: [...nudged] };
  setHandler(reprocessStatus, () => result, {
    description: 'How many answers and hours are done, and what changed.',
  });
  // A run that was started before runs of this kind had them goes on without them.
  const marked = patched('reprocess-attributes');
  if (marked) show(input.searchAttributes, { dataset: input.dataset, state: 'running' });
  const touched = new Set(earlier?.touched);
  if (earlier?.behind === undefined) {
    await carryAgain(input, touched, earlier?.after ?? null, async (carried, after) => {
      result.carried += carried;
      setCurrentDetails(`${result.carried} answers carried.`);
      if (isFull()) await continueAsNew<typeof reprocess>(input, { after, touched: [...touched], result });
    });
  }
  const { dataset } = input;
  const sealed = await sealedHours(dataset, earlier?.behind ?? null);
  const isSealed = new Set(sealed);
  const open = earlier?.behind === undefined ? [...touched].filter((hour) => !isSealed.has(hour)) : [];
  // What is over the limit waits in segments/, where the next slot of the schedule finds it.
  for (const hour of open.slice(-LIMITS.runHoursMax)) {
    await startOrNudge(sealSettings(input, hour), { watermarkMs: null, segments: true });
  }
  const inRange = (hour: Hour): boolean =>
    (input.from === null || hour >= input.from) && (input.to === null || hour <= input.to);
  const hours = sealed.filter((hour) => touched.has(hour) || (input.mode === 'rebuild' && inRange(hour)));
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < hours.length && !isFull()) {
      const hour = hours[next++]!;
      const outcome = await rebuild(sealSettings(input, hour));
      result.hours += 1;
      if (outcome === 'changed') result.changed.push(hour);
      if (outcome === 'nudged') result.nudged.push(hour);
      setCurrentDetails(
        `${result.carried} answers carried; ${result.hours} of ${done + hours.length} hours rebuilt, ${result.changed.length} changed.`,
      );
    }
  };
  await Promise.all(Array.from({ length: HOURS_AT_ONCE }, lane));
  if (next < hours.length) {
    // At least one is done in every run: the history of a new one is small.
    const behind = hours[next - 1] ?? earlier?.behind ?? ('' as Hour);
    await continueAsNew<typeof reprocess>(input, { after: null, behind, touched: [...touched], result });
  }
  setCurrentDetails(
    `Done: ${result.carried} answers carried, ${result.hours} hours computed again, ${result.changed.length} changed.`,
  );
  if (marked) show(input.searchAttributes, { records: result.carried, state: 'done' });
  return { ...result, changed: result.changed.sort(), nudged: result.nudged.sort() };
}

/** Carries what nobody has carried (or, for a redrive, what can land by now); adds the hours that it touches. */
async function carryAgain(
  input: ReprocessInput,
  touched: Set<Hour>,
  from: string | null,
  onCarried: (count: number, upTo: string | null) => Promise<void>,
): Promise<void> {
  const { dataset, mode } = input;
  const { runId, startTime } = workflowInfo();
  // Runs of an older version carry one small batch after the other to their end.
  const sideBySide = patched('batches-side-by-side');
  const lanes = patched('batches-on-threads') ? LANES : FORMER_LANES;
  let n = 0;
  let after = from;
  do {
    const found: FindResult = await (mode === 'redrive'
      ? findRedrivable.executeWithOptions({ summary: 'find answers with records that can land by now' }, [
          { dataset, after },
        ])
      : findUncarried.executeWithOptions({ summary: 'find answers that nobody has carried' }, [
          { dataset, after },
        ]));
    const carry = async (some: readonly string[]): Promise<readonly string[]> => {
      const { hours, rest } = await processBatch({
        dataset,
        slot: compactTime(startTime.getTime()),
        n: n++,
        staging: stagingPrefix(dataset, runId),
        raws: some,
        ...(mode === 'redrive' ? { again: true } : {}),
      });
      for (const hour of hours) touched.add(hour);
      return rest;
    };
    if (sideBySide) {
      await inLanes(lanes, found.raws, carry);
      if (found.raws.length > 0) await onCarried(found.raws.length, found.raws.at(-1) ?? after);
    } else {
      for (let at = 0; at < found.raws.length;) {
        const raws = found.raws.slice(at, at + LIMITS.batchWindowsMax);
        const rest = await carry(raws);
        at += raws.length - rest.length;
        await onCarried(raws.length - rest.length, found.raws[at - 1] ?? after);
      }
    }
    after = found.next;
  } while (after !== null);
}

interface Lanes {
  readonly batches: number;
  readonly answers: number;
}

/** All answers in batches, a few at once: one computes while another waits for the storage or the server. */
async function inLanes(
  { batches, answers }: Lanes,
  raws: readonly string[],
  carry: (raws: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < raws.length) {
      let left = raws.slice(next, next + answers);
      next += left.length;
      while (left.length > 0) left = [...(await carry(left))];
    }
  };
  await Promise.all(Array.from({ length: batches }, lane));
}

/** Has the hour computed again by its own seal, and waits for it; one that runs already is told instead. */
async function rebuild(settings: SealSettings): Promise<'changed' | 'same' | 'nudged'> {
  const message: Advance = { watermarkMs: null, segments: true, now: true, rebuild: true };
  for (;;) {
    try {
      const handle = await startChild<typeof sealHour>('sealHour', {
        ...sealOptions(settings),
        args: [sealInput(settings, message)],
      });
      return (await handle.result()).ledger === null ? 'same' : 'changed';
    } catch (error) {
      // The hour is sealed by then; the failed child shows what the catalogue said. The other hours are not to wait for it.
      if (isUntold(error)) return 'changed';
      if (!isAlreadyStarted(error)) throw error;
    }
    try {
      await getExternalWorkflowHandle(sealOptions(settings).workflowId).signal(advance, message);
      return 'nudged';
    } catch {
      // Closed in between: start it again.
    }
  }
}

/** A seal that did all but tell the catalogue. */
const isUntold = (error: unknown): boolean =>
  error instanceof ChildWorkflowFailure && /^Catalog/.test(codeOf(error.cause) ?? '');
