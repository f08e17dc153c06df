import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { readAnswer, readPlaced } from '../activities/fetch/answer-reader.js';
import { createHttpSource } from '../activities/fetch/http.js';
import type { Answer } from '../activities/fetch/port.js';
import { type Config, readConfig, variablesSet } from '../config/config.js';
import type { SourceRequest } from '../config/source.js';
import { faultOfDatasetName } from '../dataset/dataset-name.js';
import { type KeyRing, noKeys } from '../dataset/fernet-keys.js';
import { formOf } from '../dataset/form.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { checkRecords } from '../inspect/doctor/records.js';
import { look } from '../inspect/doctor/sight.js';
import { formAt } from '../inspect/guess/elements.js';
import { type Guess, guess } from '../inspect/guess/guess.js';
import { exitWith } from './exit-code.js';
import { askedText, fileOf, type Keys, provisionalText } from './init-file.js';
import {
  headerPair,
  initRequest,
  paramPair,
  type RequestOptions,
  twoVariables,
  variable,
} from './init-request.js';
import { openKeyRing } from './lake.js';
import { out } from './output.js';

interface InitOptions extends RequestOptions {
  readonly keysEnv?: string;
  readonly dataset?: string;
  readonly lake?: string;
  readonly out: string;
  readonly force?: true;
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('ask an API once, and write a fernlake.yaml for it')
    .requiredOption('--url <url>', 'the address that shows the newest records')
    .option(
      '--header <header>',
      "'Name: value'; may be given again; ${NAME} stands for a variable",
      headerPair,
    )
    .option('--param <param>', 'name=value behind the address; may be given again', paramPair)
    .option('--bearer-env <name>', 'the variable that holds the bearer token', variable)
    .option('--basic-env <names>', 'the variables of user name and password: USER,PASSWORD', twoVariables)
    .option('--body <text>', 'ask by POST, with this body')
    .option('--ca-file <file>', 'certificates (PEM) of a private authority')
    .option('--keys-env <name>', 'the variable that holds the Fernet keys; default: FERNET_KEYS', variable)
    .option('--dataset <name>', "the dataset's name; default: by the address")
    .option(
      '--lake <uri>',
      'file:///absolute/directory or s3://bucket[/prefix]; default: FERNLAKE_LAKE, or ./lake',
    )
    .option('--out <file>', 'the file to write', 'fernlake.yaml')
    .option('--force', 'write it over one that is there')
    .addHelpText(
      'after',
      '\nUnless --dataset and --lake say otherwise, the dataset is named by the address, and its lake is FERNLAKE_LAKE or ./lake.' +
        '\nEach guess stands in the file with what it was taken from. What may be a secret is written as ${NAME}; set that' +
        '\nvariable in .env. Exit code 0: records would land with the file. 1: none would, or nothing could be guessed. 2: wrong' +
        '\nuse, or a variable that is missing.\n',
    )
    .action((options: InitOptions) => init(options));
}

async function init(options: InitOptions): Promise<void> {
  const { out: file, force = false } = options;
  if (existsSync(file) && !force)
    throw wrong(`${file} is there already: --force writes over it, --out elsewhere`);
  const request = initRequest(options);
  const place = { lake: options.lake, isLakeSet: variablesSet(['FERNLAKE_LAKE']).length > 0 };
  const keys = keysOf(options.keysEnv);
  const config = readDraft(file, provisionalText(request.asked, options.dataset, place, keys));
  const ring = keys.isSet ? await (await openKeyRing(config))() : noKeys();
  const { answer, hasCacheBuster } = await ask(config);
  const guessed = guessOf(answer, ring, config);
  const name = options.dataset ?? (guessed.preset ? 'logs' : nameBy(config.sourceUrl ?? ''));
  const about = { ...{ name, place, keys, hasCacheBuster }, askedOn: new Date(answer.fetchedAtMs) };
  write(file, fileOf(guessed, request.written, about), force);
  out(`${file} is written, by ${elements(guessed.elements)} of one answer: the dataset ${name}`);
  for (const [variable, what] of request.toSet)
    out(`  set ${variable} in .env: ${what} is secret, and stands nowhere in the file`);
  if (guessed.isSealed) return tellSealed(file, keys, guessed);
  check(answer, ring, readDraft(file, askedText(guessed, request.asked, about)));
}

/** What reading it says of a file is said here of an option: nobody has the file yet. */
function readDraft(file: string, draft: string): Config {
  try {
    return readConfig({ source: true, choice: { config: file }, draft });
  } catch (error) {
    if (!isFernlakeError(error, 'Configuration')) throw error;
    const place = new RegExp(`${escaped(file)}:\\d+:\\d+: (datasets\\.\\w+\\.)?`, 'g');
    throw wrong(error.message.replaceAll(place, ''));
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function keysOf(named: string | undefined): Keys {
  const variable = named ?? 'FERNET_KEYS';
  if (
    named === undefined &&
    variablesSet(['FERNET_KEYS_FILE']).length > 0 &&
    variablesSet([variable]).length === 0
  )
    return { field: 'keys_file', variable: 'FERNET_KEYS_FILE', isSet: true };
  return { field: 'keys', variable, isSet: variablesSet([variable]).length > 0 };
}

const BAD_REQUEST = 400;
const LET_IN = [401, 403];

/** Once; again without the parameter against caches where that may be what is refused. */
async function ask(config: Config): Promise<{ readonly answer: Answer; readonly hasCacheBuster: boolean }> {
  const request: SourceRequest = { url: config.sourceUrl ?? '', ...config.source };
  const poll = (more: Partial<SourceRequest>): Promise<Answer> =>
    createHttpSource({ ...request, ...more }, formAt([])).poll();
  try {
    return { answer: await poll({}), hasCacheBuster: true };
  } catch (error) {
    const status = isFernlakeError(error) ? error.details['status'] : undefined;
    if (status !== BAD_REQUEST || request.method === 'POST') throw asOnce(error, status);
    const answer = await poll({ cacheBuster: false }).catch(() => undefined);
    if (answer === undefined) throw asOnce(error, status);
    return { answer, hasCacheBuster: false };
  }
}

/** What a worker would say, but for what it would do next. */
function asOnce(error: unknown, status: unknown): unknown {
  if (!isFernlakeError(error)) return error;
  const how = "say who asks by --bearer-env NAME, --basic-env USER,PASSWORD or --header 'Name: ${NAME}'";
  const more = LET_IN.includes(Number(status)) ? `; ${how}` : '';
  const message = error.message.replace(/; it will be asked again$/, '; ask again later');
  return new FernlakeError(error.code, error.kind, `${message}${more}`, { details: error.details });
}

function guessOf(answer: Answer, ring: KeyRing, config: Config): Guess {
  const { text } = readPlaced(answer.body, formAt([]));
  if (answer.fault?.code === 'SourceTooLarge' || (answer.fault && !isJson(text.toString('utf8'))))
    throw asOnce(answer.fault, undefined);
  const guessed = guess(text, ring, answer.fetchedAtMs);
  if (!('seen' in guessed)) return guessed;
  const { origin, pathname } = new URL(config.sourceUrl ?? '');
  const message = `the source ${origin}${pathname} answered ${answer.status}, ${guessed.seen}: ${guessed.mend}`;
  throw new FernlakeError('SourceAnswer', 'transient', message);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The last word of the address that can name a table. */
function nameBy(url: string): string {
  const parts = new URL(url).pathname
    .split('/')
    .map((part) => part.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_'));
  const names = parts.filter(
    (part) => faultOfDatasetName(part) === undefined && !/^(api|v\d+|data|index)$/.test(part),
  );
  return names.at(-1) ?? 'logs';
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw wrong(`${file} cannot be written (${(error as { code?: string }).code ?? 'unknown'})`);
  }
}

function tellSealed(file: string, { isSet, variable }: Keys, { preset }: Guess): void {
  exitWith(1);
  if (preset && !isSet)
    return out(`  the records are encrypted: set ${variable} in .env, and look with npx fernlake doctor`);
  const why = isSet ? `no key in ${variable} opens its tokens` : `${variable} is not set`;
  out(`  the records are encrypted, and ${why}: their columns cannot be guessed`);
  out(
    `  set ${variable} in .env, and call init again with --force; or write event_time and columns into ${file}`,
  );
}

/** Reads the answer by the file that was written, as a worker would. */
function check(answer: Answer, ring: KeyRing, config: Config): void {
  const form = formOf(config.declaration);
  const envelopes = readAnswer(answer.body, form.answers).elements;
  const { says, state, mend } = checkRecords(look({ ...answer, envelopes }, ring, form));
  out(`  of this answer, ${says}${mend === undefined ? '' : ` → ${mend}`}`);
  out('  next: read the guesses in it; npx fernlake doctor looks at all the rest, npx fernlake up runs it');
  if (state === 'failed') exitWith(1);
}

const elements = (count: number): string => `${count} ${count === 1 ? 'element' : 'elements'}`;

const wrong = (what: string): FernlakeError => new FernlakeError('Configuration', 'terminal', what);
