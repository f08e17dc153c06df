import type { Priority } from '@temporalio/common';

/**
 * What goes first where the machine cannot do all at once: 1 is the highest. Polls wait for nobody, since the window moves on; what is
 * computed again has time. Activities take their run's, but for those of the schedule's runs, which have none.
 */
const POLLS = 1;
const LIVE_STEPS = 2;
const SEALS = 3;
const COMPUTED_AGAIN = 5;

/** The server limits a key to 64 bytes; a dataset's name is shorter. */
const of = (priorityKey: number, dataset: string): Priority => ({ priorityKey, fairnessKey: dataset });

/** Among runs of one priority the server's fairness gives each dataset the same share. */
export const pollPriority = (dataset: string): Priority => of(POLLS, dataset);
export const livePriority = (dataset: string): Priority => of(LIVE_STEPS, dataset);
export const sealPriority = (dataset: string): Priority => of(SEALS, dataset);
export const reprocessPriority = (dataset: string): Priority => of(COMPUTED_AGAIN, dataset);
