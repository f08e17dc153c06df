import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { faultBesides } from '../../dataset/dataset-name.js';
import { messageOf } from '../../errors.js';
import { keysGiven, keysInFile } from '../keys.js';
import { faultsOfDataset } from './checks.js';
import { faultsOfVariables } from './conflicts.js';
import { presetOf } from './declared.js';
import { type Loose, without } from './loose.js';
import { dotted, type Fault, isWithin, type Path } from './place.js';
import type { ProxyFor } from './request.js';
import { type DatasetContent, type FileContent, fileSchema } from './schema.js';
import { besides, type FileSettings, settingsOf } from './settings.js';
import { faultsOfShape } from './shape.js';
import { expand, type Used } from './substitute.js';
import { readTree, type Tree } from './tree.js';

const FILE_NAME = 'fernlake.yaml';

export interface FileOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the file is looked for, and named, as a user has it. */
  readonly file: string;
  /** Who asks the source needs all of it; for who only reads a lake, what is secret may be missing. */
  readonly needsSource: boolean;
  /** The same of who tells somebody what `notify` names. */
  readonly needsNotify: boolean;
  readonly proxyFor: ProxyFor;
  /** What it would say, where it is not written yet. */
  readonly text?: string | undefined;
}

/** The file that is meant; undefined: none, so the environment describes the one dataset. */
export function fileMeant(named: string | undefined): string | undefined {
  return named ?? (existsSync(FILE_NAME) ? FILE_NAME : undefined);
}

/** Every fault of it, by line and column; no value of it stands in one. */
export function readSettingsFile(
  options: FileOptions,
): FileSettings | { readonly faults: readonly string[] } {
  const { env, file, needsSource, needsNotify } = options;
  let text: string;
  try {
    text = options.text ?? readFileSync(file, 'utf8');
  } catch (error) {
    return { faults: [`${file} cannot be read (${(error as { code?: string }).code ?? 'unknown'})`] };
  }
  const used: Used = { variables: new Set(), files: new Set() };
  const surroundings = { env, folder: path.dirname(path.resolve(file)) };
  const tree = readTree(text, (part) => expand(part, surroundings, used));
  if (tree.broken.length > 0)
    return {
      faults: tree.broken.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
    };
  const found = [
    ...tree.faults.filter(({ path: at }) =>
      at[0] === 'notify' ? needsNotify : needsSource || !isOfSource(at),
    ),
    ...checked(tree, used.variables, options),
  ];
  if (found.length > 0) return { faults: sentences(found, tree, file) };
  const content = tree.value as FileContent;
  return settingsOf(content, options, [...(holdsSecret(content, tree) ? [file] : []), ...used.files]);
}

/** What is only needed to ask the source and to open its records. */
const isOfSource = (at: Path): boolean =>
  (at[2] === 'source' && !['data_selector', 'primary_key', 'contiguous'].includes(String(at[3]))) ||
  (at[2] === 'record' && ['keys', 'keys_file'].includes(String(at[3])));

function checked(tree: Tree, used: ReadonlySet<string>, options: FileOptions): Fault[] {
  const shape = faultsOfShape(fileSchema, tree.value);
  const wrong = [...tree.blanks, ...shape.faults.map(({ path: at }) => at), ...shape.meant];
  const content = without<FileContent>(tree.value, wrong);
  const datasets = Object.entries(content?.datasets ?? {});
  const ofDatasets = datasets.flatMap(([name, dataset]) =>
    // A dataset with a wrong name, or that is no mapping, is not looked into.
    (dataset ? [...faultsOfDataset(dataset), ...faultsOfKeys(dataset, options)] : []).map((fault) => ({
      ...fault,
      path: ['datasets', name, ...fault.path],
    })),
  );
  const names = datasets.map(([name]) => name);
  const faults = [...shape.faults, ...faultsOfNames(names), ...ofDatasets].filter(
    ({ path: at }) => !tree.blanks.some((blank) => isWithin(blank, at)),
  );
  return [...faults, ...faultsOfVariables(options.env, used, names, (at) => tree.has(at))];
}

const faultsOfNames = (names: readonly string[]): Fault[] =>
  names.flatMap((name) => {
    const message = faultBesides(name, names);
    return message === undefined ? [] : [{ path: ['datasets', name], at: 'name' as const, message }];
  });

function faultsOfKeys({ preset, record = {} }: Loose<DatasetContent>, options: FileOptions): Fault[] {
  const { keys, keys_file: keysFile } = record;
  const isGiven = 'keys' in record || 'keys_file' in record;
  const encryption = record.encryption ?? presetOf(preset)?.record.encryption;
  if (!isGiven && encryption === 'fernet' && options.needsSource)
    return [
      {
        path: ['record', 'keys'],
        at: 'value',
        message: `is missing: the Fernet keys, such as "\${FERNET_KEYS}", or keys_file`,
      },
    ];
  try {
    if (keys !== undefined) keysGiven(keys);
    else if (keysFile !== undefined && options.needsSource) keysInFile(besides(options.file, keysFile));
    return [];
  } catch (error) {
    return [
      {
        path: ['record', keys === undefined ? 'keys_file' : 'keys'],
        at: 'value',
        message: `is no list of keys: ${messageOf(error)}`,
      },
    ];
  }
}

/** In the order of the file. */
function sentences(faults: readonly Fault[], tree: Tree, file: string): string[] {
  const placed = faults.map((fault) => ({
    ...fault,
    place: fault.place ?? tree.placeOf(fault.path, fault.at),
  }));
  placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return placed.map(({ path: at, place, message }) => {
    const subject = at.length === 0 ? 'the file' : dotted(at);
    return `${file}:${place.line}:${place.column}: ${subject} ${message}`;
  });
}

/** Names of `auth` whose values are secret. */
const SECRETS = ['token', 'value', 'password', 'client_secret'];

/** Whether a secret stands in the file itself. */
const holdsSecret = ({ datasets }: FileContent, tree: Tree): boolean =>
  Object.keys(datasets).some((name) =>
    [['record', 'keys'], ...SECRETS.map((secret) => ['source', 'auth', secret])].some((below) =>
      tree.isLiteral(['datasets', name, ...below]),
    ),
  );
