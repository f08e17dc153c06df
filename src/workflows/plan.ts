import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Hour } from '../dataset/hour.js';
import { HourSet } from '../dataset/hour-set.js';
import type { ReprocessInput } from './messages.js';
import { TIMEOUTS } from './timeouts.js';

const { listArrivals, listSealed } = proxyActivities<Activities>(TIMEOUTS.seal);

export interface Page {
  /** Ascending. */
  readonly hours: readonly Hour[];
  /** The hour to go on behind; null: it was the last page. */
  readonly next: Hour | null;
}

/** Hours in which something arrived, of what is to be looked through. */
export async function arrivals(
  { dataset, mode }: ReprocessInput,
  after: Hour | null,
  shares: number,
): Promise<Page> {
  const of = mode === 'redrive' ? 'quarantine' : 'raw';
  const { hours, next } = await listArrivals.executeWithOptions(
    { summary: `list when something arrived of ${dataset}` },
    [{ dataset, of, after, shares }],
  );
  return { hours: [...new HourSet(hours)], next };
}

/**
 * The sealed hours after this one (null: all); page by page, since a payload holds some fifteen years of hours
 * at most.
 */
export async function sealedHours(dataset: string, behind: Hour | null): Promise<HourSet> {
  const hours = new HourSet();
  let after = behind;
  do {
    const page = await listSealed.executeWithOptions({ summary: `list the sealed hours of ${dataset}` }, [
      { dataset, from: null, to: null, after },
    ]);
    hours.addAll(page.hours);
    after = page.next;
  } while (after !== null);
  return hours;
}
