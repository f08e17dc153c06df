import { closestMatch } from 'leven';
import * as v from 'valibot';
import { messageOf } from '../../errors.js';

/** What the schema of the file is made of: each says in its message what was meant, and none what was written. */

/** A word of this length may be mistyped by so many letters and still be known. */
const TYPO_PER_LETTERS = 3;

/** The known word that a mistyped one is nearest to, if it is near to any. */
export function meantBy(word: string, known: readonly string[]): string | undefined {
  const folded = word.toLowerCase().replaceAll(/[-\s]/g, '_');
  const maxDistance = Math.max(1, Math.floor(folded.length / TYPO_PER_LETTERS));
  return (
    known.find((each) => each.replaceAll('-', '_') === folded) ?? closestMatch(folded, known, { maxDistance })
  );
}

/** `; did you mean primary_key?`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = meantBy(word, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** `a, b or c` */
export const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const inWords = (input: unknown, options: readonly string[]): string =>
  `must be ${either(options)}${typeof input === 'string' ? suggestion(input, options) : ''}`;

/** The message of a list of words, some of which have other names elsewhere. */
export const meant =
  (options: readonly string[], synonyms: Readonly<Record<string, string>>) =>
  ({ input }: { readonly input: unknown }): string => {
    const synonym = typeof input === 'string' ? synonyms[input.toLowerCase()] : undefined;
    const known = synonym !== undefined && options.includes(synonym);
    return known ? `${inWords(undefined, options)}; did you mean ${synonym}?` : inWords(input, options);
  };

export const oneOf = <const T extends readonly string[]>(...options: T) =>
  v.picklist(options, meant(options, {}));

export const text = v.string('must be text');
export const filled = v.pipe(v.string('must be text'), v.nonEmpty('must not be empty'));
export const flag = v.boolean('must be true or false');

/** A text that `parse` takes; else it throws a RangeError that says what it should look like. */
export const parsable = (parse: (text: string) => unknown, what: string) =>
  v.pipe(
    v.string(`must be ${what}`),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parse(dataset.value);
      } catch (error) {
        addIssue({ message: messageOf(error) });
      }
    }),
  );

/** These names, and no others: whatever else stands there is told by `unknownNames`. */
export const mapping = <const T extends v.ObjectEntries>(entries: T) =>
  v.strictObject(entries, ({ path }) => {
    const missing = path?.[0]?.key;
    if (typeof missing !== 'string') return `must be a mapping with ${Object.keys(entries).join(', ')}`;
    const about = entries[missing] && v.getDescription(entries[missing]);
    return `is missing${about === undefined ? '' : `: ${about.replace(/\.$/, '')}`}`;
  });

/** Any names, each checked by `name`. */
export const named = <const K extends v.GenericSchema<string, string>, const T extends v.GenericSchema>(
  name: K,
  value: T,
) => v.record(name, value, 'must be a mapping: `name: value`, a line each');

/** With a sentence for people, editors and the reference. */
export const said = <const T extends v.GenericSchema>(schema: T, description: string) =>
  v.pipe(schema, v.description(description));

/** The same for what may be left out. */
export const maybe = <const T extends v.GenericSchema>(schema: T, description: string) =>
  v.exactOptional(said(schema, description));

/** A mapping whose `type`, one of `types`, says which others it has. */
export const variants = <const T extends v.VariantOptions<'type'>>(types: readonly string[], options: T) =>
  v.variant('type', options, ({ path, input }) => {
    if (path === undefined) return `must be a mapping with type: ${either(types)}`;
    return input === undefined ? `is missing: ${either(types)}` : inWords(input, types);
  });
