import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { LIMITS } from '../../src/limits.js';

/** Bundled with the workflows in place of 20,000 events: what happens behind them is then seen within seconds. */
(LIMITS as { runEventsMax: number }).runEventsMax = 80;

export const interceptors: WorkflowInterceptorsFactory = () => ({});
