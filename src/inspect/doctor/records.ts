import type { RecordForm } from '../../dataset/form.js';
import type { QuarantineReason } from '../../dataset/reason.js';
import { type Check, failed, ok, warning } from './check.js';
import { grouped, inWords, mendOf } from './groups.js';
import type { Sight } from './sight.js';

const NAME = 'records';
const FIELDS =
  'the record must have the declared columns; make those optional that it may lack, and look whether the source URL is that of the right API';
const ABOVE = 'see the lines above';

const mendsBy = ({
  idColumn,
  timeColumn,
  times,
  answers,
}: RecordForm): Readonly<Record<QuarantineReason, string>> => ({
  'malformed-envelope': ABOVE,
  'unreadable-answer': ABOVE,
  undecryptable: ABOVE,
  'not-a-record': 'have the API send one object a record, written in the declared format',
  'missing-field': FIELDS,
  'wrong-type': FIELDS,
  'undeclared-field': 'declare the field among the columns, or set other_columns: keep',
  'id-mismatch':
    'have the API send each record under its own id: ' +
    `${idColumn} must be the ${answers.idField} around it`,
  'unsafe-integer': 'have the API count below 2^53, or declare the column as number',
  'bad-time': `have the API write ${timeColumn} ${times.wanted}, or declare how it does (format of event_time); what is read: docs/how-to/own-source.md`,
  'future-time':
    'look at the clock and the time zone of what writes the records, and at this machine (line `clock`)',
  'reserved-field': 'have the API give that field another name',
  'ambiguous-field': 'have the API give its fields names that differ by more than case',
  unrepresentable: 'have the API write what JSON can hold',
  'too-large': 'look why a record is so large: it is kept in the archive, and cannot land',
  'too-many-hours': 'look why one answer spreads over so many hours',
  'conflicting-duplicate': 'look why the API gives one id to two records',
});

/** How many of the answer's records would land, and why the others would not. */
export function checkRecords({ elements, refusals, plaintexts, form }: Sight): Check {
  const all = elements.length;
  const landing = all - refusals.length;
  if (refusals.length === 0) return ok(NAME, `all ${all} would land`);
  const mends = mendsBy(form);
  const groups = grouped(refusals, ({ index, reason, detail }) => {
    const kind = plaintexts.get(index);
    const why =
      kind === undefined ? withoutPlace(detail) : `the plaintext is ${kind}: ${withoutPlace(detail)}`;
    return { says: `${reason} (${why})`, mend: mends[reason] };
  });
  const reasons = inWords(groups, ({ count, says }) => `${count} ${says}`);
  const says = `${landing} of ${all} would land; to quarantine would go ${reasons}`;
  const mend = mendOf(groups.filter((group) => group.mend !== ABOVE)) || ABOVE;
  return landing === 0 ? failed(NAME, says, mend) : warning(NAME, says, mend);
}

/** Where in the text a fault is differs from record to record. */
const withoutPlace = (detail: string): string => detail.replace(/, at character \d+$/, '');
