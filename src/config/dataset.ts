import type { Declaration } from '../dataset/declaration.js';
import { declareExtraFields } from '../dataset/extra-fields.js';
import { LOG_API, LOG_API_URL } from '../dataset/presets.js';
import { UTC, zoneNamed } from '../dataset/zone.js';
import type { DatasetSettings } from './file/settings.js';
import { keysGiven, keysInFile, type KeySource } from './keys.js';
import { readSource, type SourceSettings } from './source.js';
import {
  datasetName,
  duration,
  fieldList,
  flag,
  formatList,
  httpUrl,
  type LakeFormat,
  list,
  oneOf,
  positiveDuration,
} from './values.js';
import { messageOf } from '../errors.js';

/** One dataset: where its records come from, what they mean, and when they are asked for and sealed. */
export interface DatasetConfig {
  readonly dataset: string;
  /** undefined: the sample API is meant (`fernlake up`, and looking at what it landed). Empty: nobody needs it, and it was not given. */
  readonly sourceUrl: string | undefined;
  readonly source: SourceSettings;
  /** Of the sample API of the `up` that runs in this folder, where that is meant. */
  readonly sampleUrl: string | undefined;
  readonly keys: KeySource;
  readonly slotMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly pollMode: 'paced' | 'fixed';
  readonly latenessMs: number;
  readonly idleMs: number;
  /** What its records mean. */
  readonly declaration: Declaration;
  /** What a seal writes of an hour; the JSON lines always. */
  readonly formats: readonly LakeFormat[];
}

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads the variable of that name; a fault is kept, and the fallback taken. */
export type Read = <T>(name: string, parse: (text: string) => T, fallback: T) => T;

export interface SampleUse {
  /** The sample API is meant, its key and its pace. */
  readonly isMeant: boolean;
  readonly url: string | undefined;
}

/** The one dataset that variables describe, by the preset of the diary's API. */
export function datasetOfEnvironment(
  env: Env,
  read: Read,
  faults: string[],
  sample: SampleUse,
  needsSource: boolean,
): DatasetConfig {
  const sourceUrl = read<string | undefined>('FERNLAKE_SOURCE_URL', httpUrl, undefined);
  if (needsSource && !sample.isMeant && !env['FERNLAKE_SOURCE_URL']) {
    faults.push(
      'FERNLAKE_SOURCE_URL is not set: the address of the log API, such as https://api.example.com/api/data/log',
    );
  }
  const keys = keysOfEnvironment(env, faults, needsSource && !sample.isMeant);
  const { name: zone } = read('FERNLAKE_ZONE', zoneNamed, UTC);
  return {
    sourceUrl,
    source: readSource(env, read, sourceUrl),
    sampleUrl: sample.isMeant ? sample.url : undefined,
    keys,
    ...paceOfEnvironment(read, faults),
    dataset: read('FERNLAKE_DATASET', datasetName, 'logs'),
    latenessMs: read('FERNLAKE_LATENESS', duration, 5 * 60_000),
    idleMs: read('FERNLAKE_IDLE', positiveDuration, 5 * 60_000),
    declaration: declarationOfEnvironment(read, zone),
    formats: read('FERNLAKE_FORMATS', formatList, ['ndjson']),
  };
}

/** The preset of the diary's API, and what the environment adds to it. */
function declarationOfEnvironment(read: Read, zone: string): Declaration {
  const urls = read('FERNLAKE_URLS', list, []);
  const { source, record } = LOG_API;
  const { url } = record.columns;
  return {
    source: { ...source, contiguous: read('FERNLAKE_CONTIGUOUS_IDS', flag, true) },
    record: {
      ...record,
      event_time: { ...record.event_time, zone },
      columns: {
        ...record.columns,
        ...(url ? { url: { ...url, compact: { dictionary: [LOG_API_URL, ...urls] } } } : {}),
        ...declareExtraFields(read('FERNLAKE_FIELDS', fieldList, [])),
      },
    },
  };
}

function paceOfEnvironment(
  read: Read,
  faults: string[],
): Pick<DatasetConfig, 'slotMs' | 'pollMinMs' | 'pollMaxMs' | 'pollMode'> {
  const slotMs = read('FERNLAKE_SLOT', positiveDuration, 5 * 60_000);
  if (slotMs < 1_000) faults.push('FERNLAKE_SLOT must be 1s or more: schedules count in seconds');
  const pollMaxMs = read('FERNLAKE_POLL_MAX', positiveDuration, slotMs);
  const pollMinMs = read('FERNLAKE_POLL_MIN', duration, Math.min(1_000, pollMaxMs));
  if (pollMinMs > pollMaxMs) faults.push('FERNLAKE_POLL_MIN must not be more than FERNLAKE_POLL_MAX');
  return {
    slotMs,
    pollMinMs,
    pollMaxMs,
    pollMode: read('FERNLAKE_POLL_MODE', oneOf('paced', 'fixed'), 'paced'),
  };
}

function keysOfEnvironment(env: Env, faults: string[], required: boolean): KeySource {
  const inline = env['FERNET_KEYS']?.trim();
  const file = env['FERNET_KEYS_FILE']?.trim();
  if (inline && file) faults.push('FERNET_KEYS and FERNET_KEYS_FILE are both set: keep one, better the file');
  try {
    if (inline) return keysGiven(inline);
    if (file) return keysInFile(file);
  } catch (error) {
    faults.push(`${inline ? 'FERNET_KEYS' : 'FERNET_KEYS_FILE'}: ${messageOf(error)}`);
  }
  if (required && !inline && !file) {
    faults.push(
      'FERNET_KEYS is not set: the Fernet keys, comma-separated, newest first (or FERNET_KEYS_FILE, a file of them)',
    );
  }
  return { kind: 'none' };
}

/** The same of what fernlake.yaml says. */
export function datasetOfFile(
  { request: { url, ...source }, ...settings }: DatasetSettings,
  read: Read,
): DatasetConfig {
  return {
    ...settings,
    sourceUrl: url,
    source,
    sampleUrl: undefined,
    pollMode: read('FERNLAKE_POLL_MODE', oneOf('paced', 'fixed'), 'paced'),
  };
}
