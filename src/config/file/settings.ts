import path from 'node:path';
import type { Declaration } from '../../dataset/declaration.js';
import { keysGiven, type KeySource } from '../keys.js';
import type { SourceRequest } from '../source.js';
import { duration, lakeUri, type LakeFormat } from '../values.js';
import { declarationOf } from './declared.js';
import { type RequestOptions, requestOf } from './request.js';
import type { DatasetContent, FileContent } from './schema.js';

/** What the file says, every default filled in. */
export interface FileSettings {
  readonly lake: string;
  readonly datasets: readonly DatasetSettings[];
  readonly notify: readonly Receiver[];
  /** Files in which a secret stands: this one, or those that it takes values from. */
  readonly secretFiles: readonly string[];
}

export type Receiver =
  | { readonly webhook: string }
  | {
      readonly smtp: {
        readonly host: string;
        readonly port: number;
        readonly username?: string | undefined;
        readonly password?: string | undefined;
        readonly from: string;
        readonly to: readonly string[];
      };
    };

export interface DatasetSettings {
  readonly dataset: string;
  readonly request: SourceRequest;
  readonly keys: KeySource;
  readonly declaration: Declaration;
  readonly slotMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly latenessMs: number;
  readonly idleMs: number;
  readonly formats: readonly LakeFormat[];
}

interface Surroundings extends RequestOptions {
  readonly file: string;
}

/** Paths in the file are from its folder on. */
export const besides = (file: string, other: string): string => path.resolve(path.dirname(file), other);

/** Of a file without a fault. */
export function settingsOf(
  { lake, datasets, notify = [] }: FileContent,
  options: Surroundings,
  secretFiles: readonly string[],
): FileSettings {
  return {
    secretFiles,
    lake: lakeUri(lake),
    notify: notify.map(receiverOf),
    datasets: Object.entries(datasets).map(([name, content]) => datasetOf(name, content, options)),
  };
}

function receiverOf({ webhook, smtp }: NonNullable<FileContent['notify']>[number]): Receiver {
  return smtp ? { smtp: { ...smtp, port: smtp.port ?? 587 } } : { webhook: webhook ?? '' };
}

function datasetOf(dataset: string, content: DatasetContent, options: Surroundings): DatasetSettings {
  const { source, record = {}, poll = {}, seal = {}, formats = ['ndjson'] } = content;
  const slotMs = duration(poll.slot ?? '5m');
  const pollMaxMs = poll.max === undefined ? slotMs : duration(poll.max);
  return {
    dataset,
    request: requestOf(source, (name) => besides(options.file, name), options),
    keys: keySourceOf(record, options),
    declaration: declarationOf(content),
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
  options: Surroundings,
): KeySource {
  if (keys) return keysGiven(keys);
  if (file === undefined) return { kind: 'none' };
  return { kind: 'file', path: besides(options.file, file) };
}
