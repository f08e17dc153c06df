import { type AnswerForm, readEnvelope } from '../../dataset/envelope.js';
import { mendsOf } from '../../dataset/reason.js';
import { type Check, failed, ok, skipped, warning } from './check.js';
import { type Group, grouped, inWords, mendOf } from './groups.js';
import type { Sight } from './sight.js';
import { kindOfToken } from '../text-kinds.js';

const NAME = 'keys';
const OF_ANOTHER_KEY = 'of another key, or damaged';
const NO_KEY_FITS = /^MAC is right for none/;
/** The one kind that a redrive can land: what no key opens stays in quarantine. */
const KEY_IS_MISSING = mendsOf(['undecryptable'])[0]?.mend ?? '';

/** Whether the tokens open; and where they do not, whether any key is there at all. */
export function checkKeys(
  { elements, refusals, keys, answers }: Sight,
  keyIds: readonly string[],
  where: string,
): Check {
  if (!answers.isEncrypted) return ok(NAME, 'the records come in the clear');
  const shut = refusals.filter(({ reason }) => reason === 'undecryptable');
  const opened = [...keys].map(([id, n]) => `${id} opens ${n} of ${elements.length}`).join(', ');
  if (shut.length === 0) return opened === '' ? skipped(NAME, 'an answer with envelopes') : ok(NAME, opened);
  const known = `${keyIds.length === 1 ? 'the key is' : 'the keys are, newest first,'} ${keyIds.join(', ')}`;
  const groups = grouped(shut, ({ index, detail }) =>
    tell(elements[index], detail, answers, keys.size > 0 ? KEY_IS_MISSING : keyIsWrong(where)),
  );
  const kinds = inWords(groups, ({ count, says }) => `${count} ${count === 1 ? 'is' : 'are'} ${says}`);
  const mend = mendOf(groups);
  const tried = groups.some(({ says }) => says === OF_ANOTHER_KEY) ? ` (${known})` : '';
  if (opened === '') return failed(NAME, `no token opens${tried}: ${kinds}`, mend);
  return warning(NAME, `${opened}; ${kinds}`, mend);
}

function tell(
  element: unknown,
  detail: string,
  answers: AnswerForm,
  noKeyFits: string,
): Omit<Group, 'count'> {
  const envelope = readEnvelope(element, answers);
  const kind = envelope.ok ? kindOfToken(envelope.payload ?? '') : undefined;
  if (kind) return kind;
  if (!NO_KEY_FITS.test(detail))
    return { says: `damaged (${detail})`, mend: 'look for what changes tokens on the way' };
  return { says: OF_ANOTHER_KEY, mend: noKeyFits };
}

const keyIsWrong = (where: string): string =>
  `set the key of this source in ${where}; what goes to quarantine until then lands with \`npx fernlake quarantine redrive\``;
