import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.js';
import type { Hour } from '../domain/hour.js';
import { TIMEOUTS } from './timeouts.js';

const { listSealed } = proxyActivities<Activities>(TIMEOUTS.seal);

/** The sealed hours behind this one (null: all), ascending; page by page, as a payload holds some fifteen years of hours at most. */
export async function sealedHours(dataset: string, behind: Hour | null): Promise<readonly Hour[]> {
  const hours: Hour[] = [];
  let after = behind;
  do {
    const found = await listSealed.executeWithOptions({ summary: `list the sealed hours of ${dataset}` }, [
      { dataset, from: null, to: null, after },
    ]);
    // All at once: so it stands in the history of a run that an older version began, and so does an older worker answer.
    const page = 'hours' in found ? found : { hours: found, next: null };
    for (const hour of page.hours) if (behind === null || hour > behind) hours.push(hour);
    after = page.next;
  } while (after !== null);
  return hours;
}
