import {
  ChildWorkflowFailure,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  startChild,
} from '@temporalio/workflow';
import { type Hour, hourEndMs } from '../dataset/hour.js';
import { HourSet } from '../dataset/hour-set.js';
import { show } from './attributes.js';
import { codeOf } from './failures.js';
import { isHistoryFull } from './history-size.js';
import {
  advance,
  type Advance,
  type ReprocessResult,
  type SealEarlier,
  type SealHour,
  type SealPiece,
  type SealSettings,
} from './messages.js';
import { isAlreadyStarted, sealInput, sealOptions, sealSettings, startOrNudge } from './nudge.js';
import { reprocessPriority } from './priorities.js';
import { Reprocessed } from './reprocessed.js';
import { NUDGES_MAX } from './timeouts.js';

/** Has some hours sealed by their own seals, and waits for those that can end. A piece of `reprocess`. */
export async function sealPiece(input: SealPiece, earlier?: SealEarlier): Promise<ReprocessResult> {
  show(input.searchAttributes, { dataset: input.dataset, state: 'running' });
  const result = new Reprocessed(earlier?.result);
  const again = new HourSet(input.again);
  const all = [...again, ...new HourSet(input.first)].sort();
  const hours = all.filter((hour) => earlier === undefined || hour > earlier.behind);
  let next = 0;
  const sealSome = async (): Promise<void> => {
    // At least one is done in every run: the history of a new one is small.
    while (next < hours.length && !(next > 0 && isHistoryFull())) {
      const hour = hours[next++]!;
      const seal = again.has(hour) ? computeAgain(input, hour, result) : sealFirst(input, hour, result);
      // What is damaged in one hour stops no other.
      await seal.catch((error: unknown) => result.failAt(hour, error));
      const done = `${result.hours} of ${again.size} hours computed again, ${result.changed.size} changed`;
      setCurrentDetails(`${done}; ${result.sealed} of ${all.length - again.size} sealed for the first time.`);
    }
  };
  await Promise.all(Array.from({ length: input.atOnce }, sealSome));
  if (next < hours.length)
    await continueAsNew<typeof sealPiece>(input, { behind: hours[next - 1]!, result: result.told() });
  show(input.searchAttributes, { state: 'done' });
  return result.told();
}

/** From the archive, whatever is sealed. */
async function computeAgain(input: SealPiece, hour: Hour, result: Reprocessed): Promise<void> {
  const message: Advance = { watermarkMs: null, segments: true, now: true, rebuild: true };
  const outcome = await sealed(sealSettings(input, hour), message);
  result.hours += 1;
  if (outcome === 'nudged') result.nudged.add(hour);
  else if (outcome === 'changed') result.changed.add(hour);
}

/** What the watermark has closed is waited for; what stays open by then is left to its seal, as the schedule leaves it. */
async function sealFirst(input: SealPiece, hour: Hour, result: Reprocessed): Promise<void> {
  const { watermarkMs, latenessMs } = input;
  const settings = sealSettings(input, hour);
  const message: Advance = { watermarkMs, segments: true };
  if (watermarkMs === null || watermarkMs < hourEndMs(hour) + latenessMs)
    await startOrNudge(settings, message);
  else if ((await sealed(settings, message)) === 'nudged') result.nudged.add(hour);
  else result.sealed += 1;
}

/** Starts the hour's own seal, and waits for it; one that runs already is told instead. */
async function sealed(settings: SealSettings, message: Advance): Promise<'changed' | 'same' | 'nudged'> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const handle = await startChild<SealHour>('sealHour', {
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
