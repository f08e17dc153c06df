import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { FindResult } from '../activities/backlog/find-types.js';
import type { CarryPiece } from './messages.js';
import { TIMEOUTS } from './timeouts.js';

const { findUncarried, findRedrivable } = proxyActivities<Activities>(TIMEOUTS.seal);

/** The piece's next answers that nobody has carried; for a redrive, those with records that can land by now. */
export async function findAnswers(
  { dataset, mode, run, from, to }: CarryPiece,
  after: string | null,
): Promise<FindResult> {
  const span = { dataset, after, from, to };
  return await (mode === 'redrive'
    ? findRedrivable.executeWithOptions({ summary: 'find answers with records that can land by now' }, [span])
    : findUncarried.executeWithOptions({ summary: 'find answers that nobody has carried' }, [
        { ...span, passed: run },
      ]));
}
