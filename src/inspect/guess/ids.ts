import { faultOfTextId } from '../../dataset/record-id.js';
import { type Facts, isWritable, share, wordsOf } from './facts.js';

export interface GuessedId {
  readonly field: string;
  readonly type: 'integer' | 'text';
  readonly contiguous: boolean;
  readonly why: string;
  readonly whyContiguous: string;
}

const SHARE_MIN = 0.9;
/** An answer may show a record twice. */
const DISTINCT_MIN = 0.5;
/** Fewer say nothing of holes. */
const COUNTED_MIN = 5;

/** Whole names, and words of names. */
const NAMES: Readonly<Record<string, number>> = {
  id: 6,
  _id: 6,
  uid: 4,
  uuid: 5,
  guid: 5,
  ulid: 5,
  seq: 4,
  sequence: 4,
};
const WORDS: Readonly<Record<string, number>> = {
  ...{ id: 3, uuid: 3, guid: 3, ulid: 3, number: 2, no: 2, nr: 2, seq: 2, sequence: 2, offset: 2, cursor: 1 },
  key: 1,
};
/** Whose id it is. */
const OWN = ['record', 'event', 'log', 'entry', 'message', 'item', 'row', 'order', 'transaction'];
const OTHERS = ['user', 'customer', 'account', 'session', 'parent', 'tenant', 'product', 'device', 'group'];
const LIKE_IDS = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{24,64}|\d{12,})$/i;

function rankOf(name: string): number {
  const words = wordsOf(name);
  const own = NAMES[name.toLowerCase()] ?? Math.max(0, ...words.map((word) => WORDS[word] ?? 0));
  if (own > 0 && words.some((word) => OWN.includes(word))) return own + 1;
  return own > 0 && words.some((word) => OTHERS.includes(word)) ? 1 : own;
}

/** The fields of elements that may be the id of a record, the likeliest first. */
export function guessIds(facts: Iterable<Facts>): GuessedId[] {
  const found = [...facts].flatMap((each) => {
    const type = typeOf(each);
    if (type === undefined || !isWritable(each.name)) return [];
    const rank = rankOf(each.name);
    const texts = new Set(
      each.values.map(({ type: written, text, json }) => (written === 'string' ? text : json)),
    );
    const like = type === 'text' && [...texts].every((text) => LIKE_IDS.test(text)) ? 0.75 : 0;
    const score = rank > 0 ? rank + like : type === 'integer' ? 0.5 : like;
    const distinct = texts.size / each.values.length;
    if (score === 0 || distinct < (rank >= 3 ? DISTINCT_MIN : 1)) return [];
    return [{ id: guessed(each, type, texts), score }];
  });
  return found.sort((a, b) => b.score - a.score).map(({ id }) => id);
}

/** undefined for what an id cannot be. */
function typeOf({ of, types, values }: Facts): GuessedId['type'] | undefined {
  if ((types.get('integer') ?? 0) >= of * SHARE_MIN && types.size === 1)
    return values.every(({ json }) => isWhole(json)) ? 'integer' : undefined;
  if ((types.get('string') ?? 0) < of * SHARE_MIN || types.size !== 1) return undefined;
  return values.every(({ text }) => faultOfTextId(text) === undefined) ? 'text' : undefined;
}

const isWhole = (json: string): boolean => Number.isSafeInteger(Number(json)) && /^(0|[1-9]\d*)$/.test(json);

function guessed(
  { name, of, values }: Facts,
  type: GuessedId['type'],
  texts: ReadonlySet<string>,
): GuessedId {
  const why = `${type === 'text' ? 'text' : 'an integer'} in ${share(values.length, of)}, ${texts.size} of them different`;
  if (type === 'text')
    return { field: name, type, contiguous: false, why, whyContiguous: 'text does not count up' };
  const ids = [...texts].map(Number);
  const from = ids.reduce((a, b) => Math.min(a, b));
  const to = ids.reduce((a, b) => Math.max(a, b));
  const lacking = to - from + 1 - ids.length;
  const contiguous = lacking === 0 && ids.length >= COUNTED_MIN;
  const whyContiguous = contiguous
    ? `the ${ids.length} ids have no hole between them; false if the API leaves numbers out`
    : lacking === 0
      ? `${ids.length} ids are too few to tell whether they count up without holes`
      : `${lacking} numbers between the ${ids.length} ids are missing; true if they count up without holes`;
  return { field: name, type, contiguous, why, whyContiguous };
}
