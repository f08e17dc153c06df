import type { Config } from '../../config/config.js';
import { type Origin, spelledKeys } from '../../config/spelled.js';
import { FernlakeError } from '../../errors.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { formOf } from '../../dataset/form.js';
import type { Answer, Source } from '../../activities/fetch/port.js';
import { attempt, type Check, ok, skipped, warning } from './check.js';
import { checkEnvelopes } from './envelopes.js';
import { checkEvents } from './events.js';
import { checkKeys } from './keys.js';
import { checkPace } from './pace.js';
import { checkRecords } from './records.js';
import { type Sample, sampleOf } from './sample.js';
import { look, type Sight } from './sight.js';

const ASKED_AGAIN = /; it will be asked again$/;
/** What is wrong with a certificate or with TLS is explained with its mend (activities/fetch/unreachable.ts). */
const SAYS_WHAT_TO_DO = /certificate|TLS/;
const BEHIND_IT = ['envelopes', 'keys', 'records', 'events', 'pace'];

export interface SourceChecks {
  readonly checks: readonly Check[];
  /** What becomes of a record; undefined where none would land. */
  readonly sample: Sample | undefined;
}

/** Asks once. The lines: the answer, its elements, the keys, the share that would land, the newest event's time, the pace. `values`: the sample shows them. */
export async function checkSource(
  source: Source,
  keyRing: () => Promise<KeyRing>,
  config: Pick<Config, 'declaration' | 'keys' | 'pollMinMs' | 'pollMaxMs' | 'pollMode' | keyof Origin>,
  values = false,
): Promise<SourceChecks> {
  const form = formOf(config.declaration);
  let seen: Sight | undefined;
  const answered = await attempt('source', async () => {
    const answer = await source.poll().catch((error: unknown) => error);
    const fault = isAnswer(answer) ? answer.fault : answer;
    if (!isAnswer(answer) || fault !== undefined) return faultOf(fault);
    seen = look(answer, await keyRing(), form);
    return checkAnswer(seen);
  });
  if (seen === undefined || seen.elements.length === 0)
    return {
      checks: [answered, ...BEHIND_IT.map((name) => skipped(name, 'an answer with records'))],
      sample: undefined,
    };
  const { pollMinMs, pollMaxMs, pollMode } = config;
  const checks = [
    answered,
    checkEnvelopes(seen),
    checkKeys(seen, (await keyRing()).keyIds, spelledKeys(config)),
    checkRecords(seen),
    checkEvents(seen, config),
    checkPace(
      { eventsMs: seen.eventsMs, elapsedMs: seen.answer.elapsedMs },
      pollMode === 'fixed' ? pollMaxMs : pollMinMs,
      config,
    ),
  ];
  return { checks, sample: seen.taken && sampleOf(seen.taken, form, values) };
}

const isAnswer = (answered: unknown): answered is Answer => !(answered instanceof Error);

/** What a worker would say of it, but for what it would do next: doctor asks once. */
function faultOf(fault: unknown): Check {
  if (!(fault instanceof FernlakeError)) throw fault;
  const says = fault.message.replace(ASKED_AGAIN, '');
  const check: Check = { name: 'source', state: 'failed', says };
  if (fault.code === 'SourceUnreachable' && !SAYS_WHAT_TO_DO.test(says))
    return {
      ...check,
      mend: 'look whether the source URL is right, and the source up and to be reached from here',
    };
  return says === fault.message || SAYS_WHAT_TO_DO.test(says)
    ? check
    : { ...check, mend: 'look at the source, or ask again later' };
}

function checkAnswer({ elements, newestId, answer }: Sight): Check {
  const { length } = elements;
  const what = `${length} ${length === 1 ? 'element' : 'elements'} in ${answer.elapsedMs} ms`;
  if (length === 0)
    return warning('source', what, 'without a record nothing can be judged: try again when there are some');
  return ok('source', newestId === null ? what : `${what}, the newest has id ${newestId}`);
}
