import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileText } from '../config/file/write.js';
import type { Guess } from '../inspect/guess/guess.js';
import type { SourceContent } from './init-request.js';

/** Where the lake is to be. */
export interface Place {
  readonly lake: string | undefined;
  /** By FERNLAKE_LAKE. */
  readonly isLakeSet: boolean;
}

/** What holds the keys, or is to hold them. */
export interface Keys {
  readonly field: 'keys' | 'keys_file';
  readonly variable: string;
  readonly isSet: boolean;
}

export interface About {
  readonly name: string;
  readonly place: Place;
  readonly keys: Keys;
  readonly hasCacheBuster: boolean;
  readonly askedOn: Date;
}

const refer = (variable: string): string => `\${${variable}}`;

const lakeOf = ({ lake, isLakeSet }: Place): string =>
  lake ?? (isLakeSet ? refer('FERNLAKE_LAKE') : pathToFileURL(path.resolve('lake')).href);

/** A file that says how the API is asked, and of its records nothing that is true. */
export function provisionalText(
  source: SourceContent,
  name: string | undefined,
  place: Place,
  { field, variable, isSet }: Keys,
): string {
  const record = {
    ...(isSet ? { payload: 'data', encryption: 'fernet', [field]: refer(variable) } : {}),
    ...{ event_time: { field: 'at' }, columns: { at: 'text' } },
  };
  const dataset = { source: { ...source, primary_key: 'id' }, record };
  return fileText({
    content: { lake: lakeOf(place), datasets: { [name ?? 'logs']: dataset } },
    ...{ head: [], notes: [], below: [] },
  });
}

/** The file, with what each guess was taken from. */
export function fileOf(guess: Guess, source: SourceContent, about: About): string {
  const { name, askedOn } = about;
  const at = ['datasets', name];
  const { without, isSealed, next } = guess;
  const hints = next
    ? [
        `incremental: { cursor_param: cursor, cursor_path: ${next.path} } # the answer names more there: if that is its next page, ` +
          'take the # away, and say by which parameter it is asked for',
      ]
    : [];
  const sealed =
    isSealed && guess.preset === undefined
      ? [
          'event_time: { field: … } and columns: … are to be said, too: they cannot be guessed while no token opens.',
          `Set ${about.keys.variable}, and call npx fernlake init again with --force`,
        ]
      : [];
  const left = without.map((each) => `without a column: ${each}`);
  return fileText({
    content: contentOf(guess, source, about),
    head: [
      `Written by npx fernlake init, by one answer of ${askedOn.toISOString()} with ${guess.elements} elements.`,
      'Behind each guess stands what it was taken from: look at them, since the next answer may show more.',
    ],
    notes: guess.notes.map(([below, why]) => [[...at, ...below], why]),
    below: [
      [[...at, 'source'], hints],
      [[...at, 'record'], sealed],
      [[...at, 'record', 'columns'], left],
    ],
  });
}

/** The same, to be read at once: with values that the file refers to, and no comment. */
export const askedText = (guess: Guess, source: SourceContent, about: About): string =>
  fileText({ content: contentOf(guess, source, about), head: [], notes: [], below: [] });

function contentOf(
  guess: Guess,
  source: SourceContent,
  { name, place, keys, hasCacheBuster }: About,
): object {
  const { preset, record } = guess;
  const { payload, encryption, ...rest } = record;
  const isEncrypted = preset !== undefined || encryption !== undefined;
  const dataset = {
    ...(preset === undefined ? {} : { preset }),
    source: { ...source, ...(hasCacheBuster ? {} : { cache_buster: false }), ...guess.source },
    record: {
      ...(payload === undefined ? {} : { payload }),
      ...(encryption === undefined ? {} : { encryption }),
      ...(isEncrypted ? { [keys.field]: refer(keys.variable) } : {}),
      ...rest,
    },
  };
  return { lake: lakeOf(place), datasets: { [name]: dataset } };
}
