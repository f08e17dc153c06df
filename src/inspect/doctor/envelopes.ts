import { keysNamed } from '../../activities/fetch/body-class.js';
import { type AnswerForm, readEnvelope } from '../../dataset/envelope.js';
import { faultOfTextId } from '../../dataset/record-id.js';
import { UnreadableElement } from '../../dataset/unreadable.js';
import { type Check, failed, ok, warning } from './check.js';
import { type Group, grouped, inWords, mendOf } from './groups.js';
import type { Sight } from './sight.js';
import { looksLikeToken } from '../text-kinds.js';

const NAME = 'envelopes';
const TELL_SO =
  'say in fernlake.yaml which fields hold them: primary_key and, under record, payload; or have the API answer so';
const IN_CLEAR = 'if the records come in the clear, say encryption: none';
const NO_TOKENS = `look whether the source URL is that of the log API; if it is, ${TELL_SO}; ${IN_CLEAR}`;

/** Whether the elements of an answer are envelopes; of those that are not, what they are. Names of fields are shown, values never. */
export function checkEnvelopes({ elements, answers }: Pick<Sight, 'elements' | 'answers'>): Check {
  const foreign = elements.filter((element) => !readEnvelope(element, answers).ok);
  if (foreign.length === 0) return ok(NAME, `all ${elements.length} have ${fieldsOf(answers)}`);
  const objects = foreign.filter((element) => isForeignObject(element, answers));
  const groups = grouped(foreign, (element) =>
    isForeignObject(element, answers) ? tellNames(objects, answers) : tellElement(element, answers),
  );
  const says = inWords(
    groups,
    ({ count, says: what }) => `${count} element${count === 1 ? '' : 's'} ${what}`,
  );
  const mend = mendOf(groups);
  return foreign.length === elements.length
    ? failed(NAME, says, mend)
    : warning(NAME, `of ${elements.length} elements, ${says}`, mend);
}

/** `recordId and data` */
const fieldsOf = ({ idField, payloadField }: AnswerForm): string =>
  payloadField === null ? idField : `${idField} and ${payloadField}`;

type Told = Omit<Group, 'count'>;
type Fields = Readonly<Record<string, unknown>>;

/** An object that lacks one of the two fields, or both. */
function isForeignObject(element: unknown, { idField, payloadField }: AnswerForm): element is Fields {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return false;
  if (element instanceof UnreadableElement) return false;
  return !(idField in element && (payloadField === null || payloadField in element));
}

/** Of all such together: which of their fields may be the id and the token. */
function tellNames(objects: readonly Fields[], answers: AnswerForm): Told {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const holds = (test: (value: unknown) => boolean) => (name: string) =>
    objects.every((object) => test(object[name]));
  const says = `${keysNamed(names)}; this dataset expects ${fieldsOf(answers)}`;
  const isId = (name: string): boolean =>
    holds(Number.isSafeInteger)(name) &&
    new Set(objects.map((object) => object[name])).size === objects.length;
  const ids = named(names.find((name) => /id|^(n|no|nr|seq|number|offset)$/i.test(name) && isId(name)));
  if (!answers.isEncrypted)
    return {
      says: ids === undefined ? says : `${says}: by the looks of it, ${ids} the ids`,
      mend: TELL_SO,
    };
  const tokens = named(names.find(holds(looksLikeToken)));
  if (tokens === undefined) return { says: `${says}, and no field holds Fernet tokens`, mend: NO_TOKENS };
  const both = ids === undefined ? tokens : `${ids} the ids, ${tokens}`;
  return { says: `${says}: by the looks of it, ${both} the tokens`, mend: TELL_SO };
}

/** As `keysNamed` shows it; undefined for a name that may be content. */
function named(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const shown = /^with the key (\S+)$/.exec(keysNamed([name]))?.[1];
  return shown === undefined ? 'a field that is not named here holds' : `${shown} holds`;
}

/** What is no object, or has both fields, one of them of a wrong kind. */
function tellElement(element: unknown, answers: AnswerForm): Told {
  if (element instanceof UnreadableElement)
    return {
      says: `that are no JSON (${element.detail})`,
      mend: 'have the API write JSON: NaN and Infinity, raw line breaks and tabs within a text are none',
    };
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    const what = looksLikeToken(element) ? 'Fernet tokens without an id' : kindOf(element);
    return {
      says: `that are ${what}, where objects with ${fieldsOf(answers)} are expected`,
      mend: `have the API, or a service in between, answer [{"${answers.idField}": 1, …}, …]`,
    };
  }
  const id = (element as Fields)[answers.idField];
  const isWrongText =
    typeof id === 'string' && (answers.idType === 'integer' || faultOfTextId(id) !== undefined);
  const isWrongNumber =
    typeof id === 'number' && (answers.idType === 'text' || !Number.isSafeInteger(id) || id < 0);
  if (isWrongText || isWrongNumber || !['number', 'string'].includes(typeof id)) return tellId(id, answers);
  const { payloadField } = answers;
  return tellPayload(payloadField === null ? element : (element as Fields)[payloadField], answers);
}

function tellId(id: unknown, { idField, idType }: AnswerForm): Told {
  const fault = typeof id === 'string' ? faultOfTextId(id) : undefined;
  if (fault !== undefined)
    return { says: `whose ${idField} ${fault}`, mend: 'have the API send ids that fernlake can hold' };
  if (typeof id === 'number' && idType === 'text')
    return {
      says: `whose ${idField} is a number; this dataset expects text`,
      mend: 'declare the type of its column as integer in fernlake.yaml',
    };
  if (typeof id === 'string') {
    return /^\d+$/.test(id)
      ? {
          says: `whose ${idField} is an integer in quotes; this dataset expects it as a number`,
          mend: 'declare the type of its column as text in fernlake.yaml, or have the API send the ids without quotes',
        }
      : {
          says: `whose ${idField} is text that is no integer; this dataset expects an integer`,
          mend: 'declare the type of its column as text in fernlake.yaml, with contiguous: false',
        };
  }
  const what =
    typeof id !== 'number'
      ? kindOf(id)
      : !Number.isInteger(id)
        ? 'a number with a fraction'
        : id < 0
          ? 'a negative number'
          : 'beyond 2^53 - 1, where it may be rounded';
  return {
    says: `whose ${idField} is ${what}; this dataset expects an integer from 0 to 2^53 - 1`,
    mend: 'have the API send the number of the record, by which a gap is seen',
  };
}

function tellPayload(payload: unknown, { payloadField, isEncrypted }: AnswerForm): Told {
  const whose = `whose ${payloadField ?? 'element'} is`;
  if (!isEncrypted)
    return {
      says: `${whose} ${kindOf(payload)}; this dataset expects the record, as an object or as text`,
      mend: TELL_SO,
    };
  if (typeof payload === 'object' && payload !== null && Object.values(payload).some(looksLikeToken))
    return {
      says: `${whose} an object with the token one level deeper; this dataset expects the token itself`,
      mend: 'have the API, or a service in between, put the token there',
    };
  const plain = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  return {
    says: `${whose} ${plain ? 'an object, as of a record that is not encrypted' : kindOf(payload)}; this dataset expects a Fernet token`,
    mend: plain ? IN_CLEAR : TELL_SO,
  };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'an object';
  }
}
