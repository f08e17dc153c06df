import type { Column, RecordForm } from '../../dataset/form.js';
import type { Dialect } from './dialect.js';
import { EPOCHS } from './instant-in-view.js';
import { readableTime } from './readable-time.js';

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
