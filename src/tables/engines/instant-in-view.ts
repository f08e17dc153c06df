import type { Column, RecordForm } from '../../dataset/form.js';
import { UTC, zoneNamed } from '../../dataset/zone.js';

/** Spellings that name their instant to every engine by places alone, where a time without a zone is UTC. */
const SPELLED = ['iso8601', 'rfc1123'];
/** Milliseconds of one. */
export const EPOCHS: Readonly<Record<string, number>> = { epoch_s: 1_000, epoch_ms: 1 };

/**
 * Whether the view gives a column as an instant. What is spelled by a pattern, as Python's logging has it (where `3` may stand for
 * `03`), or is local to another zone than UTC, can be only where the row carries its instant (`compact: time`): engines have neither
 * our patterns nor our rules for clocks that jump.
 */
export function isInstantInView(column: Column, { timeColumn, declaration }: RecordForm): boolean {
  const { format, zone } = declaration.record.event_time;
  if (column.name !== timeColumn) return false;
  if (column.codec?.kind === 'time') return EPOCHS[format] === undefined;
  if (column.codec) return false;
  return EPOCHS[format] !== undefined || (SPELLED.includes(format) && zoneNamed(zone) === UTC);
}
