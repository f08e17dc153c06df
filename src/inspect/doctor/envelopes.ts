import { keysNamed } from '../../activities/fetch/body-class.js';
import { readEnvelope } from '../../dataset/envelope.js';
import { UnreadableElement } from '../../dataset/unreadable.js';
import { type Check, failed, ok, warning } from './check.js';
import { type Group, grouped, inWords, mendOf } from './groups.js';
import { looksLikeToken } from './text-kinds.js';

const NAME = 'envelopes';
const EXPECTED = 'this dataset expects recordId and data';
const ANSWER_SO =
  'have the API, or a service in between, answer [{"recordId": 1, "data": "<Fernet token>"}, …]: this version of fernlake reads no other';
const NO_TOKENS = `look whether the source URL is that of the log API; if it is, ${ANSWER_SO}`;

/** Whether the elements of an answer are envelopes; of those that are not, what they are. Names of fields are shown, values never. */
export function checkEnvelopes(elements: readonly unknown[]): Check {
  const foreign = elements.filter((element) => !readEnvelope(element).ok);
  if (foreign.length === 0) return ok(NAME, `all ${elements.length} have recordId and data`);
  const objects = foreign.filter(isForeignObject);
  const groups = grouped(foreign, (element) =>
    isForeignObject(element) ? tellNames(objects) : tellElement(element),
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

type Told = Omit<Group, 'count'>;
type Fields = Readonly<Record<string, unknown>>;

/** An object that lacks one of the two fields, or both. */
function isForeignObject(element: unknown): element is Fields {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return false;
  return !(element instanceof UnreadableElement) && !('recordId' in element && 'data' in element);
}

/** Of all such together: which of their fields may be the id and the token. */
function tellNames(objects: readonly Fields[]): Told {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const holds = (test: (value: unknown) => boolean) => (name: string) =>
    objects.every((object) => test(object[name]));
  const says = `${keysNamed(names)}; ${EXPECTED}`;
  const tokens = named(names.find(holds(looksLikeToken)));
  if (tokens === undefined) return { says: `${says}, and no field holds Fernet tokens`, mend: NO_TOKENS };
  const isId = (name: string): boolean =>
    holds(Number.isSafeInteger)(name) &&
    new Set(objects.map((object) => object[name])).size === objects.length;
  const ids = named(names.find((name) => /id|^(n|no|nr|seq|number|offset)$/i.test(name) && isId(name)));
  const both = ids === undefined ? tokens : `${ids} the ids, ${tokens}`;
  return { says: `${says}: by the looks of it, ${both} the tokens`, mend: ANSWER_SO };
}

/** As `keysNamed` shows it; undefined for a name that may be content. */
function named(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const shown = /^with the key (\S+)$/.exec(keysNamed([name]))?.[1];
  return shown === undefined ? 'a field that is not named here holds' : `${shown} holds`;
}

/** What is no object, or has both fields, one of them of a wrong kind. */
function tellElement(element: unknown): Told {
  if (element instanceof UnreadableElement)
    return {
      says: `that are no JSON (${element.detail})`,
      mend: 'have the API write JSON: NaN and Infinity, raw line breaks and tabs within a text are none',
    };
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    const what = looksLikeToken(element) ? 'Fernet tokens without an id' : kindOf(element);
    return { says: `that are ${what}, where objects with recordId and data are expected`, mend: ANSWER_SO };
  }
  const { recordId, data } = element as Fields;
  if (typeof recordId !== 'number' || !Number.isSafeInteger(recordId) || recordId < 0)
    return tellId(recordId);
  return tellData(data);
}

function tellId(id: unknown): Told {
  if (typeof id === 'string') {
    return /^\d+$/.test(id)
      ? {
          says: 'whose recordId is an integer in quotes; this dataset expects it as a number',
          mend: 'have the API send the ids without quotes',
        }
      : {
          says: 'whose recordId is text that is no integer; this dataset expects an integer that grows by one a record',
          mend: 'have the API send the number of the record, by which a gap is seen',
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
    says: `whose recordId is ${what}; this dataset expects an integer from 0 to 2^53 - 1`,
    mend: 'have the API send the number of the record, by which a gap is seen',
  };
}

function tellData(data: unknown): Told {
  if (typeof data === 'object' && data !== null && Object.values(data).some(looksLikeToken))
    return {
      says: 'whose data is an object with the token one level deeper; this dataset expects the token itself',
      mend: ANSWER_SO,
    };
  const plain = typeof data === 'object' && data !== null && !Array.isArray(data);
  return {
    says: `whose data is ${plain ? 'an object, as of a record that is not encrypted' : kindOf(data)}; this dataset expects a Fernet token`,
    mend: plain
      ? 'have the API encrypt each record (Fernet): this version of fernlake reads no plain ones'
      : ANSWER_SO,
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
