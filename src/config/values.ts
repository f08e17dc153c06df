import { faultOfDatasetName } from '../dataset/dataset-name.js';
import { EXTRA_TYPES, type ExtraField, faultOfExtraName } from '../dataset/extra-fields.js';
import { DURATION_MS_MAX } from '../limits.js';
import ms, { type StringValue } from 'ms';

/** Reading one setting's text. Each returns the value or throws a RangeError that says what it should look like. */

export function duration(text: string): number {
  const value = /^\d+(\.\d+)?\s*(ms|s|m|h|d)$/.test(text) ? ms(text as StringValue) : Number.NaN;
  if (!Number.isFinite(value))
    throw new RangeError('is no duration: write a number and a unit, such as 500ms, 30s, 5m or 1h');
  if (value > DURATION_MS_MAX) throw new RangeError('is longer than 100 years');
  return value;
}

export function positiveDuration(text: string): number {
  const value = duration(text);
  if (value <= 0) throw new RangeError('must be more than nothing, such as 1s');
  return value;
}

export function flag(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new RangeError('is neither true nor false');
}

export function oneOf<T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new RangeError(`must be ${values.join(' or ')}`);
    return found;
  };
}

export function tcpPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new RangeError('must be a port, 1 to 65535, such as 9464');
  return port;
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `sessionId:text,score:number`: what is added to the row schema. */
export function fieldList(text: string): ExtraField[] {
  const fields = list(text).map((item): ExtraField => {
    const [name = '', typeName = '', ...rest] = item.split(':').map((part) => part.trim());
    const type = EXTRA_TYPES.find((each) => each === typeName);
    if (!type || rest.length > 0)
      throw new RangeError(`must be name:type, … with the types ${EXTRA_TYPES.join(', ')}; ${item} is not`);
    const fault = faultOfExtraName(name);
    if (fault) throw new RangeError(`cannot add ${name}: it ${fault}`);
    return { name, type };
  });
  const folded = fields.map(({ name }) => name.toLowerCase());
  const twice = folded.find((name, i) => folded.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`names ${twice} twice (engines see no difference in case)`);
  return fields;
}

export type LakeFormat = 'ndjson' | 'parquet';

/** The JSON lines are what the lake is read from again, so they are never left out. */
export function formatList(text: string): LakeFormat[] {
  const formats = list(text);
  const isFormat = (format: string): format is LakeFormat => format === 'ndjson' || format === 'parquet';
  if (!formats.every(isFormat) || !formats.includes('ndjson'))
    throw new RangeError('must be ndjson or ndjson,parquet');
  return formats.includes('parquet') ? ['ndjson', 'parquet'] : ['ndjson'];
}

/** `logs` */
export function datasetName(text: string): string {
  const fault = faultOfDatasetName(text);
  if (fault !== undefined) throw new RangeError(fault);
  return text;
}

/** Of a catalogue, as every engine takes it unquoted. */
export function databaseName(text: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(text)) throw new RangeError('must be small letters, digits and _');
  return text;
}

export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RangeError('is no http:// or https:// address');
  }
  return url.href;
}

/** The server joins both with a dot or a colon, so a deployment's name holds neither. */
export function deploymentName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(text)) return text;
  throw new RangeError('must be letters, digits, _ and - only, such as fernlake');
}

export function workerBuildId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(text)) return text;
  throw new RangeError('must be letters, digits, ., _, + and - only, such as 0.2.0 or a commit');
}

/** `file:///abs/dir` or `s3://bucket[/prefix]`, without a trailing slash. */
export function lakeUri(text: string): string {
  const bare = text.replace(/\/+$/, '');
  if (/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.+)?$/.test(bare)) return bare;
  if (/^file:\/\/\/./.test(bare) && URL.canParse(bare)) return bare;
  throw new RangeError('must be file:///absolute/directory or s3://bucket[/prefix]');
}
