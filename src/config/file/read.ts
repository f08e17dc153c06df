import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Declaration } from '../../dataset/declaration.js';
import { messageOf } from '../../errors.js';
import { keysGiven, keysInFile, type KeySource } from '../keys.js';
import type { SourceRequest } from '../source.js';
import { duration, lakeUri, type LakeFormat } from '../values.js';
import { faultsOfDataset } from './checks.js';
import { faultsOfVariables } from './conflicts.js';
import { declarationOf, presetOf } from './declared.js';
import { type Loose, without } from './loose.js';
import { dotted, type Fault, isWithin, type Path } from './place.js';
import { type ProxyFor, requestOf } from './request.js';
import { type DatasetContent, type FileContent, fileSchema } from './schema.js';
import { faultsOfShape } from './shape.js';
import { expand } from './substitute.js';
import { readTree, type Tree } from './tree.js';

export const FILE_NAME = 'fernlake.yaml';

/** What the file says, every default filled in. */
export interface FileSettings {
  readonly lake: string;
  readonly datasets: readonly DatasetSettings[];
}

export interface DatasetSettings {
  readonly dataset: string;
  readonly request: SourceRequest;
  readonly keys: KeySource;
  readonly declaration: Declaration;
  /** The file names a zone, which is UTC elsewhere. */
  readonly hasZone: boolean;
  readonly slotMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly latenessMs: number;
  readonly idleMs: number;
  readonly formats: readonly LakeFormat[];
}

export interface FileOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the file is looked for, and named, as a user has it. */
  readonly file: string;
  /** Who asks the source needs all of it; for who only reads a lake, what is secret may be missing. */
  readonly needsSource: boolean;
  readonly proxyFor: ProxyFor;
}

/** The file that is meant; undefined: none, so the environment describes the one dataset. */
export function fileMeant(named: string | undefined): string | undefined {
  return named ?? (existsSync(FILE_NAME) ? FILE_NAME : undefined);
}

/** Every fault of it, by line and column; no value of it stands in one. */
export function readSettingsFile(
  options: FileOptions,
): FileSettings | { readonly faults: readonly string[] } {
  const { env, file, needsSource } = options;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { faults: [`${file} cannot be read (${(error as { code?: string }).code ?? 'unknown'})`] };
  }
  const used = new Set<string>();
  const surroundings = { env, folder: path.dirname(path.resolve(file)) };
  const tree = readTree(text, (part) => expand(part, surroundings, (name) => used.add(name)));
  if (tree.broken.length > 0)
    return {
      faults: tree.broken.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
    };
  const found = [
    ...tree.faults.filter(({ path: at }) => needsSource || !isOfSource(at)),
    ...checked(tree, used, options),
  ];
  if (found.length > 0) return { faults: sentences(found, tree, file) };
  return settingsOf(tree.value as FileContent, options);
}

/** What is only needed to ask the source and to open its records. */
const isOfSource = (at: Path): boolean =>
  at[0] === 'notify' ||
  (at[2] === 'source' && !['data_selector', 'primary_key', 'contiguous'].includes(String(at[3]))) ||
  (at[2] === 'record' && ['keys', 'keys_file'].includes(String(at[3])));

function checked(tree: Tree, used: ReadonlySet<string>, options: FileOptions): Fault[] {
  const shape = faultsOfShape(fileSchema, tree.value);
  const wrong = [...tree.blanks, ...shape.faults.map(({ path: at }) => at), ...shape.meant];
  const content = without<FileContent>(tree.value, wrong);
  const datasets = Object.entries(content?.datasets ?? {});
  const ofDatasets = datasets.flatMap(([name, dataset]) =>
    [...faultsOfDataset(dataset ?? {}), ...faultsOfKeys(dataset ?? {}, options)].map((fault) => ({
      ...fault,
      path: ['datasets', name, ...fault.path],
    })),
  );
  const names = datasets.map(([name]) => name);
  const faults = [...shape.faults, ...ofDatasets, ...notYet(tree, names)].filter(
    ({ path: at }) => !tree.blanks.some((blank) => isWithin(blank, at)),
  );
  return [...faults, ...faultsOfVariables(options.env, used, names, (at) => tree.has(at))];
}

/** What a later version does: to take it in silence would be a promise. */
function notYet(tree: Tree, datasets: readonly string[]): Fault[] {
  const later: readonly (readonly [at: Path, what: string])[] = [
    [['notify'], 'sends no notifications'],
    ...datasets.map(
      (name) => [['datasets', name, 'source', 'incremental'], 'asks for the newest records only'] as const,
    ),
  ];
  return later
    .filter(([at]) => tree.has(at))
    .map(([at, what]) => ({
      path: at,
      at: 'name',
      message: `is understood, but this version ${what}: leave it out`,
    }));
}

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

/** Paths in the file are from its folder on. */
const besides = (file: string, other: string): string => path.resolve(path.dirname(file), other);

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

function settingsOf({ lake, datasets }: FileContent, options: FileOptions): FileSettings {
  return {
    lake: lakeUri(lake),
    datasets: Object.entries(datasets).map(([name, content]) => datasetOf(name, content, options)),
  };
}

function datasetOf(dataset: string, content: DatasetContent, options: FileOptions): DatasetSettings {
  const { source, record = {}, poll = {}, seal = {}, formats = ['ndjson'] } = content;
  const slotMs = duration(poll.slot ?? '5m');
  const pollMaxMs = poll.max === undefined ? slotMs : duration(poll.max);
  return {
    dataset,
    request: requestOf(source, (name) => besides(options.file, name), options),
    keys: keySourceOf(record, options),
    declaration: declarationOf(content),
    hasZone: record.event_time?.zone !== undefined,
    slotMs,
    pollMinMs: poll.min === undefined ? Math.min(1_000, pollMaxMs) : duration(poll.min),
    pollMaxMs,
    latenessMs: duration(seal.lateness ?? '5m'),
    idleMs: duration(seal.idle ?? '5m'),
    formats: formats.includes('parquet') ? ['ndjson', 'parquet'] : ['ndjson'],
  };
}

function keySourceOf(
  { keys, keys_file: file }: NonNullable<DatasetContent['record']>,
  options: FileOptions,
): KeySource {
  if (keys) return keysGiven(keys);
  if (file === undefined) return { kind: 'none' };
  return { kind: 'file', path: besides(options.file, file) };
}
