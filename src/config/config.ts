import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { type DatasetConfig, datasetOfEnvironment, datasetOfFile, type Env, type Read } from './dataset.js';
import { type Deployment, readDeployment } from './deployment.js';
import type { Receiver } from './file/settings.js';
import { suggestion } from './file/rules.js';
import { fileMeant, readSettingsFile } from './file/read.js';
import { proxyFor } from './source.js';
import { readTemporal } from './temporal.js';
import { databaseName, lakeUri, positiveDuration, tcpPort } from './values.js';
import { FernlakeError, messageOf } from '../errors.js';
import { readUpState, type SeenUp } from './up-state.js';

/** The only reader of process.env. Everything is parsed once, and every fault is reported at once. */

/** What is the same for all datasets: where the process runs, and how it reaches what it needs. */
export interface DeploymentConfig {
  readonly lake: string;
  /** What says so, for messages. */
  readonly lakeSetting: string;
  /** fernlake.yaml, where it describes the datasets. */
  readonly file: string | undefined;
  /** Of fernlake.yaml: in which a secret stands. */
  readonly secretFiles: readonly string[];
  /** Whom `fernlake watch` tells. */
  readonly notify: readonly Receiver[];
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

/** What a command about one dataset needs to know. */
export interface Config extends DeploymentConfig, DatasetConfig {}

/** Which of them: as the options of a command say it. */
export interface Choice {
  /** A file in place of `fernlake.yaml` in the working directory, or of the one that FERNLAKE_CONFIG names. */
  readonly config?: string;
  /** A dataset of the file, where there are several. */
  readonly dataset?: string;
  /** A lake without a file. */
  readonly lake?: string;
}

export interface Needs {
  readonly choice?: Choice;
  /** A source, and a key and a lake for it, are required, unless the sample API is meant. */
  readonly source?: boolean;
  /** What `notify` needs of secrets is required. */
  readonly notify?: boolean;
  /** Without a source of the user's own, the sample API, its key and ./lake are meant; `running`: where one runs here. */
  readonly sample?: boolean | 'running';
  /** Asked by `fernlake up`: a lake that is not named is ./lake. */
  readonly up?: boolean;
  /** What the file would say that `choice.config` names: nothing is read of it. */
  readonly draft?: string;
}

/** The sample API of `up` lives an hour in a minute, so slots are short. */
const SAMPLE_DEFAULTS = { FERNLAKE_SLOT: '15s', FERNLAKE_POLL_MIN: '500ms' };

/** Less than what systemd and the compose file give a worker before they kill it. */
const SHUTDOWN_GRACE_MS = 60_000;

/**
 * Of the one dataset, or of the one that is chosen. Throws FernlakeError `Configuration` that lists every fault, by variable or by
 * line and column, with the mend. Never shows a secret.
 */
export function readConfig(needs: Needs = {}, given?: Env): Config {
  const all = readConfigs(needs, given);
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return only;
  const names = all.map(({ dataset }) => dataset).join(', ');
  throw configurationError([`several datasets are declared (${names}): name one by --dataset`]);
}

/** Of all datasets, or of the one that is chosen; the same throws. */
export function readConfigs(needs: Needs = {}, given?: Env): Config[] {
  const env = given ?? environment();
  const { choice = {} } = needs;
  const file = choice.lake === undefined ? fileMeant(choice.config ?? env['FERNLAKE_CONFIG']) : undefined;
  const faults: string[] = [];
  if (choice.lake !== undefined && choice.config !== undefined)
    faults.push('--lake is for a lake without a file: leave out --config, or --lake');
  const read =
    file === undefined
      ? withEnvironment(needs, env, given, faults)
      : withFile(file, needs, env, given, faults);
  if (faults.length > 0) throw configurationError(faults);
  return read;
}

/** The environment describes all of it. */
function withEnvironment(needs: Needs, outer: Env, given: Env | undefined, faults: string[]): Config[] {
  const here = given === undefined ? readUpState() : undefined;
  const running = here?.running === true ? here : undefined;
  const sampleRuns = typeof running?.sampleUrl === 'string';
  const isMeant =
    !outer['FERNLAKE_SOURCE_URL'] && (needs.sample === 'running' ? sampleRuns : needs.sample === true);
  const { dataset, lake: chosenLake } = needs.choice ?? {};
  const env: Env = {
    ...(isMeant && (needs.up === true || sampleRuns) ? SAMPLE_DEFAULTS : {}),
    ...outer,
    ...(dataset === undefined ? {} : { FERNLAKE_DATASET: dataset }),
    ...(chosenLake === undefined ? {} : { FERNLAKE_LAKE: chosenLake }),
  };
  const names = {
    ...(dataset !== undefined && { FERNLAKE_DATASET: '--dataset' }),
    ...(chosenLake !== undefined && { FERNLAKE_LAKE: '--lake' }),
  };
  const read = reader(env, faults, names);
  const sample = { isMeant, url: running?.sampleUrl ?? undefined };
  const ofDataset = datasetOfEnvironment(env, read, faults, sample, needs.source === true);
  const lakeHere =
    isMeant || needs.up === true ? pathToFileURL(path.resolve('lake')).href : (here?.lake ?? '');
  const lake = read('FERNLAKE_LAKE', lakeUri, lakeHere);
  if (lake === '' && !env['FERNLAKE_LAKE']) {
    faults.push(
      'FERNLAKE_LAKE is not set: where the lake is, file:///absolute/directory or s3://bucket[/prefix]',
    );
  }
  const lakeSetting = chosenLake === undefined ? 'FERNLAKE_LAKE' : '--lake';
  const place = { lake, lakeSetting, file: undefined, secretFiles: [], notify: [] };
  return [{ ...ofDataset, ...readDeploymentConfig(env, read, place, running, faults) }];
}

/** The file describes the datasets and their lake, the environment what is around them. */
function withFile(file: string, needs: Needs, env: Env, given: Env | undefined, faults: string[]): Config[] {
  const here = given === undefined ? readUpState() : undefined;
  const read = reader(env, faults);
  const proxy = (url: string): string | undefined =>
    URL.canParse(url) ? proxyFor(new URL(url), env, read) : undefined;
  const settings = readSettingsFile({
    file,
    env,
    needsSource: needs.source === true,
    needsNotify: needs.notify === true,
    proxyFor: proxy,
    text: needs.draft,
  });
  const running = here?.running === true ? here : undefined;
  if ('faults' in settings) faults.push(...settings.faults);
  const place = {
    lake: 'faults' in settings ? '' : settings.lake,
    lakeSetting: `lake in ${file}`,
    file,
    secretFiles: 'faults' in settings ? [] : settings.secretFiles,
    notify: 'faults' in settings ? [] : settings.notify,
  };
  const deployment = readDeploymentConfig(env, read, place, running, faults);
  if ('faults' in settings) return [];
  const name = needs.choice?.dataset;
  const chosen = settings.datasets.filter(({ dataset }) => name === undefined || dataset === name);
  const known = settings.datasets.map(({ dataset }) => dataset);
  if (name !== undefined && chosen.length === 0)
    faults.push(`--dataset ${name}: ${file} declares ${known.join(', ')}${suggestion(name, known)}`);
  return chosen.map((dataset) => ({ ...datasetOfFile(dataset, read), ...deployment }));
}

/** Faults name the variable, or what stands for it. */
function reader(env: Env, faults: string[], names: Readonly<Record<string, string>> = {}): Read {
  return (name, parse, fallback) => {
    const text = env[name]?.trim();
    if (text === undefined || text === '') return fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${names[name] ?? name} ${messageOf(error)}`);
      return fallback;
    }
  };
}

function readDeploymentConfig(
  env: Env,
  read: Read,
  place: Pick<DeploymentConfig, 'lake' | 'lakeSetting' | 'file' | 'secretFiles' | 'notify'>,
  running: SeenUp | undefined,
  faults: string[],
): DeploymentConfig {
  const httpPort = read<number | undefined>('FERNLAKE_HTTP_PORT', tcpPort, undefined);
  const httpHost = read('FERNLAKE_HTTP_HOST', (text) => text, '127.0.0.1');
  const glueDatabase = read<string | undefined>('FERNLAKE_GLUE_DATABASE', databaseName, undefined);
  if (glueDatabase !== undefined && !/^s3:/.test(place.lake || 's3:'))
    faults.push('FERNLAKE_GLUE_DATABASE needs a lake in S3: Glue knows no folders');
  return {
    ...place,
    glueDatabase,
    taskQueue: read('FERNLAKE_TASK_QUEUE', (text) => text, 'fernlake'),
    deployment: readDeployment(read, faults),
    shutdownGraceMs: read('FERNLAKE_SHUTDOWN_GRACE', positiveDuration, SHUTDOWN_GRACE_MS),
    http: httpPort === undefined ? undefined : { host: httpHost, port: httpPort },
    s3PathStyle: Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']),
    ...temporalOf(env, faults, running),
    ...toolsOf(env),
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

/** Those of these variables that are set, in the environment or in `.env`. */
export function variablesSet(names: readonly string[]): string[] {
  const env = environment();
  return names.filter((name) => Boolean(env[name]?.trim()));
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
