import type { Priority } from '@temporalio/common';

/**
 * What goes first when the machine cannot do everything at once; 1 is the highest. Polls come first, since
 * the window moves on; recomputing can wait. Activities inherit the priority of their run, except in the
 * schedule's runs, which have none.
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
