import type { CompactionDeclaration } from '../../dataset/declaration.js';
import { codecOf, compactText } from '../../dataset/compaction.js';
import { share, wordsOf } from './facts.js';

export interface GuessedCompaction {
  readonly compact: CompactionDeclaration;
  readonly why: string;
}

const SHARE_MIN = 0.9;
const DICTIONARY = { recordsMin: 20, textsMax: 12, usesMin: 4, lengthMin: 4 };
/** Words, paths and codes; what else there is may be of somebody. */
const LIKE_WORDS = /^[A-Za-z0-9_./:+-]{1,100}$/;
const OF_PEOPLE = [
  'user',
  'email',
  'mail',
  'ip',
  'phone',
  'address',
  'customer',
  'person',
  'owner',
  'author',
  'login',
];

const NAMED = [
  ['hex', 'hex digits or UUIDs'],
  ['time', 'times as 2026-01-31T12:00:00.000Z'],
  ['http_method', 'HTTP methods'],
] as const;

/** How texts get shorter, where nearly all do; undefined: as they are. */
export function guessCompaction(name: string, texts: readonly string[]): GuessedCompaction | undefined {
  for (const [compact, what] of NAMED) {
    const codec = codecOf(compact);
    const short = texts.filter((text) => !compactText(codec, text).startsWith('=')).length;
    if (short > 0 && short >= texts.length * SHARE_MIN)
      return { compact, why: `${share(short, texts.length)} are ${what}` };
  }
  return guessDictionary(name, texts);
}

function guessDictionary(name: string, texts: readonly string[]): GuessedCompaction | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const { recordsMin, textsMax, usesMin, lengthMin } = DICTIONARY;
  if (texts.length < recordsMin || counts.size > textsMax || texts.length < counts.size * usesMin)
    return undefined;
  const length = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const isOfPeople = wordsOf(name).some((word) => OF_PEOPLE.includes(word));
  if (length < lengthMin || isOfPeople || ![...counts.keys()].every((text) => LIKE_WORDS.test(text)))
    return undefined;
  const dictionary = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([text]) => text);
  return {
    compact: { dictionary },
    why: `${counts.size === 1 ? 'one text makes' : `${counts.size} texts make`} up all ${texts.length}; only ever add at the end`,
  };
}
