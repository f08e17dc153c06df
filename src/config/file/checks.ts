import { timePattern } from '../../dataset/time-pattern.js';
import { duration } from '../values.js';
import { columnsOf, type LooseColumn, presetOf } from './declared.js';
import { faultOfPlainTime } from '../../dataset/declaration-rules.js';
import type { Loose } from './loose.js';
import type { Fault, Path } from './place.js';
import { either, suggestion } from './rules.js';
import type { DatasetContent } from './schema.js';

/** What has to be right of two places at once. Values that are wrong by themselves are left out of what is looked at. */

type Content = Loose<DatasetContent>;
type Say = (path: Path, message: string, at?: Fault['at']) => void;

const TIMEOUT_MS_MAX = 50_000;

/** Of one dataset; paths begin below its name. */
export function faultsOfDataset(content: Content): Fault[] {
  const faults: Fault[] = [];
  const say: Say = (path, message, at = 'value') => void faults.push({ path, at, message });
  checkRequired(content, say);
  checkRequest(content, say);
  checkIncremental(content, say);
  checkSecrets(content, say);
  checkColumns(content, say);
  checkTime(content, say);
  checkIds(content, say);
  checkPace(content, say);
  return faults;
}

const WITHOUT_PRESET = 'without a preset';

function checkRequired({ preset, source, record }: Content, say: Say): void {
  if (preset !== undefined) return;
  if (source && !('primary_key' in source))
    say(['source', 'primary_key'], `is missing ${WITHOUT_PRESET}: the element's field that holds its id`);
  if (record === undefined) return say(['record'], `is missing ${WITHOUT_PRESET}: what a record is`);
  if (!('columns' in record))
    say(['record', 'columns'], `is missing ${WITHOUT_PRESET}: the fields of a record, by name`);
  const time = record.event_time;
  if (!('event_time' in record) || (time && !('field' in time)))
    say(
      ['record', 'event_time', 'field'],
      `is missing ${WITHOUT_PRESET}: the column that holds the time of the event`,
    );
}

function checkRequest({ source = {} }: Content, say: Say): void {
  if ('body' in source && (source.method ?? 'GET') === 'GET')
    say(['source', 'body'], 'has no effect without method: POST');
  pair(source, 'source', 'cert_file', 'key_file', say);
  if (typeof source.timeout === 'string' && duration(source.timeout) > TIMEOUT_MS_MAX)
    say(['source', 'timeout'], 'must be 50s or less: the activity that asks has a minute');
}

function checkIncremental({ preset, source = {}, record = {} }: Content, say: Say): void {
  const { incremental } = source;
  if (incremental === undefined) return;
  const at = ['source', 'incremental'];
  if (!('start_param' in incremental) && !('cursor_param' in incremental))
    say(at, 'must have start_param, or cursor_param and cursor_path');
  pair(incremental, at, 'limit', 'limit_param', say);
  pair(incremental, at, 'cursor_param', 'cursor_path', say);
  if ('cursor_path' in incremental && !('data_selector' in source))
    say(
      [...at, 'cursor_path'],
      'has no place: without data_selector the answer is the array, and names nothing beside it',
    );
  if ('newest' in incremental && !('start_param' in incremental))
    say([...at, 'newest'], 'has no effect without start_param');
  for (const name of ['start_param', 'limit_param', 'cursor_param'] as const) {
    const param = incremental[name];
    if (param !== undefined && Object.hasOwn(source.params ?? {}, param))
      say(['source', 'params', param], `stands in incremental.${name}, too: keep one`, 'name');
  }
  if (
    'start_param' in incremental &&
    !('newest' in incremental) &&
    idTypeOf({ preset, source, record }) === 'text'
  )
    say(
      [...at, 'newest'],
      'is missing: ids are text, so say which record of an answer is the newest: highest, first or last',
    );
}

/** Both, or none. */
function pair(given: object, at: string | Path, one: string, other: string, say: Say): void {
  for (const [here, lacking] of [
    [one, other],
    [other, one],
  ] as const)
    if (here in given && !(lacking in given))
      say([...(typeof at === 'string' ? [at] : at), lacking], `is missing: ${here} needs it`);
}

function checkSecrets({ preset, record = {} }: Content, say: Say): void {
  const known = presetOf(preset)?.record;
  const encryption = 'encryption' in record ? record.encryption : (known?.encryption ?? 'none');
  if ('keys' in record && 'keys_file' in record)
    say(['record', 'keys_file'], 'stands beside keys: keep one, better the file');
  if (encryption === 'none')
    for (const name of ['keys', 'keys_file'] as const)
      if (name in record) say(['record', name], 'has no effect without encryption: fernet');
  if (encryption === 'fernet' && !('payload' in record) && !known?.payload)
    say(
      ['record', 'payload'],
      "is missing: with encryption: fernet, the element's field that holds the token",
    );
}

const TEXT_FORMATS = ['iso8601', 'python_logging', 'rfc1123'];
const EPOCH_FORMATS = ['epoch_s', 'epoch_ms'];

function checkTime({ preset, record = {} }: Content, say: Say): void {
  const known = presetOf(preset)?.record.event_time;
  const { field = known?.field, format = known?.format ?? 'iso8601' } = record.event_time ?? {};
  const formats = [...TEXT_FORMATS, ...EPOCH_FORMATS];
  const isPattern = format.includes('%');
  if (!formats.includes(format) && !isPattern)
    say(
      ['record', 'event_time', 'format'],
      `must be ${either(formats)}, or a pattern with % as of strptime${suggestion(format, formats)}`,
    );
  if (isPattern) checkPattern(format, say);
  const names = Object.keys(columnsOf({ preset, record }));
  if (field === undefined || !('columns' in record || known)) return;
  const at = ['record', 'event_time', 'field'];
  if (!names.includes(field)) return say(at, `must be one of the columns${suggestion(field, names)}`);
  const column = columnsOf({ preset, record })[field];
  if (column?.type === undefined) return;
  const types = EPOCH_FORMATS.includes(format) ? ['integer', 'number', 'text'] : ['text'];
  if (!types.includes(column.type))
    say(
      at,
      `is a column of type ${column.type}; with format ${isPattern ? 'of strptime' : format} it must be ${either(types)}`,
    );
  if (column.optional) say(at, 'is a column that may be missing: each record needs its time');
  if (column.compact && column.compact !== 'time')
    say(at, 'is a column with a shorter form that is none of a time: give it compact: time, or none');
  const zone = record.event_time?.zone ?? known?.zone ?? 'UTC';
  const plain = column.type === 'text' && !column.compact ? faultOfPlainTime({ format, zone }) : undefined;
  if (plain !== undefined) say(at, `is a column that ${plain}`);
}

function checkPattern(pattern: string, say: Say): void {
  try {
    timePattern(pattern);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(['record', 'event_time', 'format'], error.message);
  }
}

/** The column of the record that repeats the id. */
function idColumnOf({ preset, source = {}, record = {} }: Content): string | undefined {
  const known = presetOf(preset);
  const own = record.primary_key ?? known?.record.primary_key ?? undefined;
  const hasPayload = 'payload' in record || Boolean(known?.record.payload);
  return own ?? (hasPayload ? undefined : (source.primary_key ?? known?.source.primary_key));
}

function idTypeOf(content: Content): string | undefined {
  const column = idColumnOf(content);
  return column === undefined ? undefined : columnsOf(content)[column]?.type;
}

function checkIds({ preset, source = {}, record = {} }: Content, say: Say): void {
  const columns = columnsOf({ preset, record });
  if (record.primary_key !== undefined && !(record.primary_key in columns) && 'columns' in record)
    say(
      ['record', 'primary_key'],
      `must be one of the columns${suggestion(record.primary_key, Object.keys(columns))}`,
    );
  const column = idColumnOf({ preset, source, record });
  const id = column === undefined ? undefined : columns[column];
  if (id?.type !== undefined && id.type !== 'integer' && id.type !== 'text')
    say(
      ['record', 'columns', column ?? ''],
      `holds the id, which must be integer or text, not ${id.type}`,
      'name',
    );
  if (id?.optional)
    say(['record', 'columns', column ?? ''], 'holds the id, which no record may lack', 'name');
  if (source.contiguous === true && id?.type === 'text')
    say(['source', 'contiguous'], `must be false: the id ${column} is text, which does not count up`);
}

function checkColumns({ preset, record = {} }: Content, say: Say): void {
  const known = Object.keys(presetOf(preset)?.record.columns ?? {});
  checkNames(record.columns, ['record', 'columns'], known, say);
  for (const [name, column] of Object.entries(record.columns ?? {})) {
    if (typeof column !== 'object') continue;
    const at = ['record', 'columns', name];
    checkColumn(column, at, say);
    checkNames(column.columns, [...at, 'columns'], [], say);
  }
}

function checkColumn(column: LooseColumn, at: Path, say: Say): void {
  const { type } = column;
  if (column.compact !== undefined && type !== undefined && type !== 'text')
    say([...at, 'compact'], `does not fit the type ${type}: only text has a shorter form`);
  if (column.columns && type !== undefined && type !== 'object')
    say([...at, 'columns'], `do not fit the type ${type}: only an object has columns of its own`);
}

/** Engines see no difference in case. */
function checkNames(columns: object | null | undefined, at: Path, known: readonly string[], say: Say): void {
  const names = Object.keys(columns ?? {});
  for (const [index, name] of names.entries()) {
    const first = [...known, ...names.slice(0, index)].find(
      (other) => other !== name && other.toLowerCase() === name.toLowerCase(),
    );
    if (first !== undefined)
      say([...at, name], `differs from ${first} by case alone, in which engines see no difference`, 'name');
  }
}

const SLOT = '5m';

function checkPace({ poll = {} }: Content, say: Say): void {
  const slotMs = duration(poll.slot ?? SLOT);
  if (slotMs < 1_000) say(['poll', 'slot'], 'must be 1s or more: schedules count in seconds');
  const maxMs = poll.max === undefined ? slotMs : duration(poll.max);
  if (poll.min !== undefined && duration(poll.min) > maxMs)
    say(['poll', 'min'], `must not be more than ${poll.max === undefined ? 'slot' : 'max'}`);
}
