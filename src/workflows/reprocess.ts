import { reprocessPriority } from './priorities.js';
import {
  ChildWorkflowFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { Hour } from '../dataset/hour.js';
import { LIMITS } from '../limits.js';
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
import { carryArchive } from './carry-archive.js';
import { Reprocessed } from './reprocessed.js';
import { codeOf } from './failures.js';
import { isHistoryFull } from './history-size.js';
import { isAlreadyStarted, sealInput, sealOptions, sealSettings, startOrNudge } from './nudge.js';
import type { sealHour } from './seal-hour.js';
import { sealedHours } from './sealed-hours.js';
import { NUDGES_MAX } from './timeouts.js';

/** Seals started at once: a start is some trips to the server and back. */
const STARTS_AT_ONCE = 16;
/** Hours rebuilt at once. */
const HOURS_AT_ONCE = 4;

/**
 * Computes hours again from the raw archive, by the same steps to the same bytes. It may run beside the live
 * schedule: both write through the same segments and seals, which know every appearance by name, so no row
 * can double.
 *
 * A run whose history has grown large goes on as a new one (`earlier`): a year has 8,760 hours, each of some
 * ten events.
 */
export async function reprocess(input: ReprocessInput, earlier?: ReprocessEarlier): Promise<ReprocessResult> {
  const done = earlier?.result.hours ?? 0;
  const result = new Reprocessed(earlier?.result);
  setHandler(reprocessStatus, () => result.told(), {
    description: 'How many answers and hours are done, what changed, and what could not be done.',
  });
  show(input.searchAttributes, { dataset: input.dataset, state: 'running' });
  const touched = new Set(earlier?.touched);
  if (earlier?.behind === undefined) {
    const reached = await carryArchive(input, touched, earlier ?? { after: null }, result);
    if (reached.after !== null)
      await continueAsNew<typeof reprocess>(input, {
        ...reached,
        touched: [...touched],
        result: result.told(),
      });
  }
  const { dataset } = input;
  const sealed = await sealedHours(dataset, earlier?.behind ?? null);
  const isSealed = new Set(sealed);
  const open = earlier?.behind === undefined ? [...touched].filter((hour) => !isSealed.has(hour)) : [];
  // What is over the limit waits in segments/, where the next slot of the schedule finds it.
  const starting = open.slice(-LIMITS.runHoursMax);
  for (let at = 0; at < starting.length; at += STARTS_AT_ONCE) {
    await Promise.all(
      starting.slice(at, at + STARTS_AT_ONCE).map(async (hour) => {
        const start = startOrNudge(sealSettings(input, hour), { watermarkMs: null, segments: true });
        await start.catch((error: unknown) => result.failAt(hour, error));
      }),
    );
  }
  const inRange = (hour: Hour): boolean =>
    (input.from === null || hour >= input.from) && (input.to === null || hour <= input.to);
  const hours = sealed.filter((hour) => touched.has(hour) || (input.mode === 'rebuild' && inRange(hour)));
  let next = 0;
  const rebuildHours = async (): Promise<void> => {
    while (next < hours.length && !isHistoryFull()) {
      const hour = hours[next++]!;
      const outcome = await rebuild(sealSettings(input, hour)).catch((error: unknown) => {
        // What is damaged in one hour stops no other.
        result.failAt(hour, error);
        return 'failed';
      });
      result.hours += outcome === 'failed' ? 0 : 1;
      if (outcome === 'changed') result.changed.push(hour);
      if (outcome === 'nudged') result.nudged.push(hour);
      setCurrentDetails(
        `${result.carried} answers carried; ${result.hours} of ${done + hours.length} hours rebuilt, ${result.changed.length} changed.`,
      );
    }
  };
  await Promise.all(Array.from({ length: HOURS_AT_ONCE }, rebuildHours));
  if (next < hours.length) {
    // At least one is done in every run: the history of a new one is small.
    const behind = hours[next - 1] ?? earlier?.behind ?? ('' as Hour);
    await continueAsNew<typeof reprocess>(input, {
      after: null,
      behind,
      touched: [...touched],
      result: result.told(),
    });
  }
  setCurrentDetails(result.summary());
  show(input.searchAttributes, { records: result.carried, state: 'done' });
  return result.told();
}

/** Has the hour computed again by its own seal, and waits for it; one that runs already is told instead. */
async function rebuild(settings: SealSettings): Promise<'changed' | 'same' | 'nudged'> {
  const message: Advance = { watermarkMs: null, segments: true, now: true, rebuild: true };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await startChild<typeof sealHour>('sealHour', {
        ...sealOptions(settings),
        priority: reprocessPriority(settings.dataset),
        args: [sealInput(settings, message)],
      });
      return (await handle.result()).ledger === null ? 'same' : 'changed';
    } catch (error) {
      // The hour is sealed, and the failed child shows what the catalogue said. The other hours do not wait
      // for it.
      if (isUntold(error)) return 'changed';
      if (!isAlreadyStarted(error)) throw error;
    }
    try {
      await getExternalWorkflowHandle(sealOptions(settings).workflowId).signal(advance, message);
      return 'nudged';
    } catch (error) {
      // Closed in between: start it again.
      if (attempt === NUDGES_MAX) throw error;
    }
  }
}

/** Whether the seal did everything except telling the catalogue. */
const isUntold = (error: unknown): boolean =>
  error instanceof ChildWorkflowFailure && /^Catalog/.test(codeOf(error.cause) ?? '');
