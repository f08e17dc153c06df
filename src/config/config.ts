import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { readSource, type SourceSettings } from './source.js';
import { readTemporal } from './temporal.js';
import {
  databaseName,
  datasetName,
  duration,
  fieldList,
  flag,
  formatList,
  httpUrl,
  type LakeFormat,
  lakeUri,
  list,
  oneOf,
  positiveDuration,
  tcpPort,
} from './values.js';
import { type Deployment, readDeployment } from './deployment.js';
import { FernlakeError, messageOf } from '../errors.js';
import type { Declaration } from '../dataset/declaration.js';
import { declareExtraFields } from '../dataset/extra-fields.js';
import { createKeyRing } from '../dataset/fernet-keys.js';
import { LOG_API, LOG_API_URL } from '../dataset/presets.js';
import { type Zone, zoneNamed } from '../dataset/zone.js';
import { readUpState, type SeenUp } from './up-state.js';

/** The only reader of process.env. Everything is parsed once, and every fault is reported at once. */
export interface Config {
  /** undefined: the sample API is meant (`fernlake up`, and looking at what it landed). */
  readonly sourceUrl: string | undefined;
  readonly source: SourceSettings;
  /** Of the sample API of the `up` that runs in this folder, where that is meant. */
  readonly sampleUrl: string | undefined;
  readonly keys: KeySource;
  readonly lake: string;
  readonly dataset: string;
  readonly slotMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly pollMode: 'paced' | 'fixed';
  readonly contiguousIds: boolean;
  readonly latenessMs: number;
  readonly idleMs: number;
  /** What the dataset's records mean. Its zone is UTC where `zone` is undefined. */
  readonly declaration: Declaration;
  /** undefined: that of the lake, or UTC. */
  readonly zone: Zone | undefined;
  /** What a seal writes of an hour; the JSON lines always. */
  readonly formats: readonly LakeFormat[];
  /** Of Glue, where the seals tell of their hours; undefined: nowhere. */
  readonly glueDatabase: string | undefined;
  readonly taskQueue: string;
  /** undefined: the worker is unversioned. */
  readonly deployment: Deployment | undefined;
  /** What runs gets this long to finish when the worker is asked to stop; then it is retried elsewhere. */
  readonly shutdownGraceMs: number;
  /** Where the worker serves metrics and health; undefined: nowhere. */
  readonly http: { readonly host: string; readonly port: number } | undefined;
  /** AWS_ENDPOINT_URL_S3 is set: another server than AWS, which wants the bucket in the path. */
  readonly s3PathStyle: boolean;
  readonly temporal: ClientConnectConfig;
  /** TEMPORAL_ADDRESS (or a profile) names a server. */
  readonly hasTemporal: boolean;
  readonly temporalCli: string | undefined;
  readonly searchPath: readonly string[];
  readonly cacheDir: string;
}

/** Keys as given, or the file that is read again whenever it changed; `none` where the sample's published one serves. */
export type KeySource =
  | { readonly kind: 'given'; readonly keys: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

export interface Needs {
  /** A key and a lake for them are required, unless the sample API is meant. */
  readonly source?: boolean;
  /** Without a source of the user's own, the sample API, its key and ./lake are meant; `running`: where one runs here. */
  readonly sample?: boolean | 'running';
  /** Asked by `fernlake up`: a lake that is not named is ./lake. */
  readonly up?: boolean;
}

/** The sample API of `up` lives an hour in a minute, so slots are short. */
const SAMPLE_DEFAULTS = { FERNLAKE_SLOT: '15s', FERNLAKE_POLL_MIN: '500ms' };

/** Less than what systemd and the compose file give a worker before they kill it. */
const SHUTDOWN_GRACE_MS = 60_000;

type Env = Readonly<Record<string, string | undefined>>;
type Read = <T>(name: string, parse: (text: string) => T, fallback: T) => T;

/** Throws FernlakeError `Configuration` that lists every fault, by variable, with the mend. Never shows a value of a key. */
export function readConfig(needs: Needs = {}, given?: Env): Config {
  const outer = given ?? environment();
  const here = given === undefined ? readUpState() : undefined;
  const running = here?.running === true ? here : undefined;
  const sampleRuns = typeof running?.sampleUrl === 'string';
  const sample =
    !outer['FERNLAKE_SOURCE_URL'] && (needs.sample === 'running' ? sampleRuns : needs.sample === true);
  const env: Env = sample && (needs.up === true || sampleRuns) ? { ...SAMPLE_DEFAULTS, ...outer } : outer;
  const faults: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T, fallback: T): T => {
    const text = env[name]?.trim();
    if (text === undefined || text === '') return fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name} ${messageOf(error)}`);
      return fallback;
    }
  };
  const sourceUrl = read<string | undefined>('FERNLAKE_SOURCE_URL', httpUrl, undefined);
  if (needs.source && !sample && !env['FERNLAKE_SOURCE_URL']) {
    faults.push(
      'FERNLAKE_SOURCE_URL is not set: the address of the log API, such as https://api.example.com/api/data/log',
    );
  }
  const keys = readKeys(env, faults, needs.source === true && !sample);
  const lakeHere =
    sample || needs.up === true ? pathToFileURL(path.resolve('lake')).href : (here?.lake ?? '');
  const lake = read('FERNLAKE_LAKE', lakeUri, lakeHere);
  if (lake === '' && !env['FERNLAKE_LAKE']) {
    faults.push(
      'FERNLAKE_LAKE is not set: where the lake is, file:///absolute/directory or s3://bucket[/prefix]',
    );
  }
  const slotMs = read('FERNLAKE_SLOT', positiveDuration, 5 * 60_000);
  if (slotMs < 1_000) faults.push('FERNLAKE_SLOT must be 1s or more: schedules count in seconds');
  const pollMaxMs = read('FERNLAKE_POLL_MAX', positiveDuration, slotMs);
  const pollMinMs = read('FERNLAKE_POLL_MIN', duration, Math.min(1_000, pollMaxMs));
  if (pollMinMs > pollMaxMs) faults.push('FERNLAKE_POLL_MIN must not be more than FERNLAKE_POLL_MAX');
  const httpPort = read<number | undefined>('FERNLAKE_HTTP_PORT', tcpPort, undefined);
  const httpHost = read('FERNLAKE_HTTP_HOST', (text) => text, '127.0.0.1');
  const contiguousIds = read('FERNLAKE_CONTIGUOUS_IDS', flag, true);
  const zone = read<Zone | undefined>('FERNLAKE_ZONE', zoneNamed, undefined);
  const config: Config = {
    sourceUrl,
    source: readSource(env, read, sourceUrl),
    sampleUrl: sample ? (running?.sampleUrl ?? undefined) : undefined,
    keys,
    lake,
    dataset: read('FERNLAKE_DATASET', datasetName, 'logs'),
    slotMs,
    pollMinMs,
    pollMaxMs,
    pollMode: read('FERNLAKE_POLL_MODE', oneOf('paced', 'fixed'), 'paced'),
    contiguousIds,
    latenessMs: read('FERNLAKE_LATENESS', duration, 5 * 60_000),
    idleMs: read('FERNLAKE_IDLE', positiveDuration, 5 * 60_000),
    zone,
    declaration: readDeclaration(read, contiguousIds, zone?.name),
    formats: read('FERNLAKE_FORMATS', formatList, ['ndjson']),
    glueDatabase: read<string | undefined>('FERNLAKE_GLUE_DATABASE', databaseName, undefined),
    taskQueue: read('FERNLAKE_TASK_QUEUE', (text) => text, 'fernlake'),
    deployment: readDeployment(read, faults),
    shutdownGraceMs: read('FERNLAKE_SHUTDOWN_GRACE', positiveDuration, SHUTDOWN_GRACE_MS),
    http: httpPort === undefined ? undefined : { host: httpHost, port: httpPort },
    s3PathStyle: Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']),
    ...temporalOf(env, faults, running),
    ...toolsOf(env),
  };
  if (config.glueDatabase !== undefined && !/^s3:/.test(lake || 's3:'))
    faults.push('FERNLAKE_GLUE_DATABASE needs a lake in S3: Glue knows no folders');
  if (faults.length > 0) throw configurationError(faults);
  return config;
}

/** The preset of the diary's API, and what the environment adds to it. */
function readDeclaration(
  read: Read,
  contiguous: boolean,
  zone = LOG_API.record.event_time.zone,
): Declaration {
  const urls = read('FERNLAKE_URLS', list, []);
  const { source, record } = LOG_API;
  const { url } = record.columns;
  return {
    source: { ...source, contiguous },
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

/** Temporal and its CLI alone, whatever else is set, or wrong. Throws FernlakeError `Configuration`. */
export function readTemporalConfig(): Pick<Config, 'temporal' | 'temporalCli' | 'searchPath' | 'cacheDir'> {
  const env = environment();
  const faults: string[] = [];
  const here = readUpState();
  const read = { ...temporalOf(env, faults, here?.running === true ? here : undefined), ...toolsOf(env) };
  if (faults.length > 0) throw configurationError(faults);
  return read;
}

/** A server that is named is meant; else that of the `up` that runs in this folder. */
function temporalOf(
  env: Env,
  faults: string[],
  running: SeenUp | undefined,
): Pick<Config, 'temporal' | 'hasTemporal'> {
  const hasTemporal = Boolean(env['TEMPORAL_ADDRESS'] ?? env['TEMPORAL_PROFILE']);
  const named = readTemporal(env, faults);
  if (hasTemporal || !running?.temporal) return { hasTemporal, temporal: named };
  const { address, namespace } = running.temporal;
  return { hasTemporal, temporal: { connectionOptions: { address }, namespace } };
}

function toolsOf(env: Env): Pick<Config, 'temporalCli' | 'searchPath' | 'cacheDir'> {
  return {
    temporalCli: env['FERNLAKE_TEMPORAL_CLI']?.trim() || undefined,
    searchPath: (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== ''),
    cacheDir: path.join(env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'fernlake'),
  };
}

/** One sentence a fault. */
export function configurationError(faults: readonly string[]): FernlakeError {
  const text = faults.length === 1 ? (faults[0] ?? '') : faults.map((fault) => `\n  - ${fault}`).join('');
  return new FernlakeError(
    'Configuration',
    'terminal',
    faults.length === 1 ? text : `${faults.length} settings are wrong:${text}`,
  );
}

function readKeys(env: Env, faults: string[], required: boolean): KeySource {
  const inline = env['FERNET_KEYS']?.trim();
  const file = env['FERNET_KEYS_FILE']?.trim();
  if (inline && file) faults.push('FERNET_KEYS and FERNET_KEYS_FILE are both set: keep one, better the file');
  try {
    if (inline) {
      const keys = list(inline);
      createKeyRing(keys);
      return { kind: 'given', keys };
    }
    if (file) {
      createKeyRing(readKeyFile(file));
      return { kind: 'file', path: file };
    }
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

/** One key a line or comma-separated. Throws FernlakeError `Configuration`. */
export function readKeyFile(file: string): string[] {
  try {
    return list(readFileSync(file, 'utf8').replaceAll(/[\r\n]+/g, ','));
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError('Configuration', 'terminal', `the key file ${file} cannot be read (${code})`);
  }
}

/** The environment on top of `.env` in the working directory, which is read once and never overrides what is set. */
function environment(): Env {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw configurationError([`the settings in ${path.resolve('.env')} cannot be read (${code})`]);
  }
  // The AWS SDK's own switch: on Node 20 each command on S3 would begin with eight lines on the SDK's plans for 2027.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return process.env;
}
