import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Hour } from '../dataset/hour.js';
import { TIMEOUTS } from './timeouts.js';

const { listSealed } = proxyActivities<Activities>(TIMEOUTS.seal);

/**
 * The sealed hours after this one (null: all), ascending; page by page, since a payload holds some fifteen
 * years of hours at most.
 */
export async function sealedHours(dataset: string, behind: Hour | null): Promise<readonly Hour[]> {
  const hours: Hour[] = [];
  let after = behind;
  do {
    const page = await listSealed.executeWithOptions({ summary: `list the sealed hours of ${dataset}` }, [
      { dataset, from: null, to: null, after },
    ]);
    for (const hour of page.hours) if (behind === null || hour > behind) hours.push(hour);
    after = page.next;
  } while (after !== null);
  return hours;
}
