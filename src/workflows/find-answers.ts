import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { FindResult } from '../activities/backlog/find-types.js';
import type { ReprocessInput } from './messages.js';
import { TIMEOUTS } from './timeouts.js';

const { findUncarried, findRedrivable } = proxyActivities<Activities>(TIMEOUTS.seal);

/** The next answers that nobody has carried; for a redrive, those with records that can land by now. */
export async function findAnswers(
  { dataset, mode }: ReprocessInput,
  after: string | null,
  passedSlots: readonly string[] = [],
): Promise<FindResult> {
  return await (mode === 'redrive'
    ? findRedrivable.executeWithOptions({ summary: 'find answers with records that can land by now' }, [
        { dataset, after },
      ])
    : findUncarried.executeWithOptions({ summary: 'find answers that nobody has carried' }, [
        { dataset, after, passedSlots },
      ]));
}
