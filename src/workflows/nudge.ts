import { sealPriority } from './priorities.js';
import {
  ApplicationFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import type { Hour } from '../dataset/hour.js';
import { advance, type Advance, type SealHour, type SealInput, type SealSettings } from './messages.js';
import { NUDGES_MAX } from './timeouts.js';

/** `fernlake-logs-seal-2023-04-20T13`: one child an event hour, found again by its name. */
export const sealWorkflowId = (dataset: string, hour: Hour): string => `fernlake-${dataset}-seal-${hour}`;

/**
 * Starts the hour's seal, or signals the one that runs. There is no signal-with-start inside a workflow: a
 * child that closes between the two tries is started again, a bounded number of times.
 */
export async function startOrNudge(settings: SealSettings, message: Advance): Promise<void> {
  const workflowId = sealWorkflowId(settings.dataset, settings.hour);
  let last: unknown;
  for (let attempt = 0; attempt < NUDGES_MAX; attempt += 1) {
    try {
      await startChild<SealHour>('sealHour', {
        ...sealOptions(settings),
        priority: sealPriority(settings.dataset),
        args: [sealInput(settings, message)],
      });
      return;
    } catch (error) {
      if (!isAlreadyStarted(error)) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal(advance, message);
      return;
    } catch (error) {
      // Closed in between: seen as a plain ApplicationFailure. Start it again.
      last = error;
    }
  }
  throw ApplicationFailure.retryable(
    `${workflowId} can neither be started nor signalled: ${String(last)}`,
    'NudgeFailed',
  );
}

/** What the seal of this hour needs of the settings of whoever starts it. */
export function sealSettings(
  { dataset, lake, latenessMs, idleMs, contiguousIds, searchAttributes }: Omit<SealSettings, 'hour'>,
  hour: Hour,
): SealSettings {
  const registered = searchAttributes ? { searchAttributes } : {};
  const named = lake ? { lake } : {};
  return { dataset, ...named, hour, latenessMs, idleMs, contiguousIds, ...registered };
}

/** Outlives whoever starts it, and is found again by its name. */
export function sealOptions({ dataset, hour }: SealSettings) {
  return {
    workflowId: sealWorkflowId(dataset, hour),
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: 'ABANDON',
    staticSummary: `seal ${dataset} ${hour}`,
    staticDetails: `Waits until the hour ${hour} (UTC) is over, merges its segments into one object, writes the ledger.`,
  } as const;
}

export function sealInput(settings: SealSettings, { watermarkMs, now, rebuild, told }: Advance): SealInput {
  return {
    ...settings,
    watermarkMs,
    ...(now ? { now } : {}),
    ...(rebuild ? { rebuild } : {}),
    ...(told ? { told } : {}),
  };
}

/** By name: the class lives in a package that workflows do not import. */
export const isAlreadyStarted = (error: unknown): boolean =>
  error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';
