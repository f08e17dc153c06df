import type { Column, RecordForm } from '../../dataset/form.js';
import { zoneNamed, UTC } from '../../dataset/zone.js';
import type { Dialect } from './dialect.js';
import { readableTime } from './readable-time.js';

/** Spellings that name their instant to every engine by places and patterns alone, where a time without a zone is UTC. */
const SPELLED = ['iso8601', 'python_logging', 'rfc1123'];
/** Milliseconds of one. */
const EPOCHS: Readonly<Record<string, number>> = { epoch_s: 1_000, epoch_ms: 1 };

/**
 * Whether the view gives a column as an instant. What is spelled as a pattern of strptime, or is local to another zone than UTC, can
 * be only where the row carries its instant (`compact: time`): engines have neither our patterns nor our rules for clocks that jump.
 */
export function isInstantInView(column: Column, { timeColumn, declaration }: RecordForm): boolean {
  const { format, zone } = declaration.record.event_time;
  if (column.name !== timeColumn) return false;
  if (column.codec?.kind === 'time') return EPOCHS[format] === undefined;
  if (column.codec) return false;
  return EPOCHS[format] !== undefined || (SPELLED.includes(format) && zoneNamed(zone) === UTC);
}

/** The instant of the landed value, for a column that has one in the view. */
export function eventTime({ type, codec }: Column, name: string, dialect: Dialect, form: RecordForm): string {
  if (codec) return readableTime(name, dialect);
  const unitMs = EPOCHS[form.declaration.record.event_time.format];
  // As a landed time without a code is spelled.
  if (unitMs === undefined) return readableTime(`('=' || ${name})`, dialect);
  if (type === 'integer') return dialect.fromEpochMs(unitMs === 1 ? name : `${name} * ${unitMs}`);
  const number = type === 'text' ? dialect.tryNumber(name, 'number') : name;
  // To the nearest millisecond, as the pipeline has it.
  return dialect.fromEpochMs(dialect.whole(`floor(${number} * ${unitMs} + 0.5)`));
}
