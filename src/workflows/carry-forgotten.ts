import { log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { compactTime } from '../lake/keys.js';
import { LIMITS } from '../limits.js';
import type { SealInput } from './messages.js';
import { sealSettings, startOrNudge } from './nudge.js';
import { TIMEOUTS } from './timeouts.js';

const { carry } = proxyActivities<Activities>(TIMEOUTS.process);

/**
 * Carries answers that may show records of this hour and that nothing in the lake knows. The seals of the
 * other hours that they touch are told, with the watermark, so that hours which are over are sealed at once.
 * Their segments are named for this run, so a second attempt finds those of the first.
 */
export async function carryForgotten(
  input: SealInput,
  watermarkMs: number | null,
  raws: readonly string[],
): Promise<void> {
  const { dataset, hour } = input;
  log.warn('answers that nobody had carried: they are carried before the hour is sealed', {
    hour,
    answers: raws.length,
    first: raws[0],
    last: raws.at(-1),
  });
  const slot = compactTime(workflowInfo().startTime.getTime());
  for (let left = raws, n = 0; left.length > 0; n += 1) {
    const some = left.slice(0, LIMITS.reprocessWindowsMax);
    const { hours, rest } = await carry.executeWithOptions(
      { summary: `carry ${some.length} answer${some.length === 1 ? '' : 's'} that nobody had carried` },
      [{ dataset, slot, n, raws: some }],
    );
    for (const other of hours.slice(-LIMITS.runHoursMax)) {
      if (other !== hour) await startOrNudge(sealSettings(input, other), { watermarkMs, segments: true });
    }
    left = [...rest, ...left.slice(some.length)];
  }
}
