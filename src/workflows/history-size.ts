import { workflowInfo } from '@temporalio/workflow';
import { LIMITS } from '../limits.js';

/**
 * Whether this run's history is so large that it should go on as a new one: the server ends one of 51,200 events or 50 MiB.
 * Read from the last task's history, hence the same at a replay.
 */
export function isHistoryFull(): boolean {
  const { historyLength, historySize } = workflowInfo();
  return historyLength >= LIMITS.runEventsMax || historySize >= LIMITS.runHistoryBytesMax;
}
