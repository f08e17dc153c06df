import type { Declaration } from './declaration.js';

type EventTime = Pick<Declaration['record']['event_time'], 'format' | 'zone'>;

/**
 * Why a text that is a time of an event cannot land as it is, to be put behind the column's name; undefined where it can. Engines read
 * neither patterns nor zones, so the row has to carry the instant, and there is room for it in a row with `compact: time` alone.
 */
export function faultOfPlainTime({ format, zone }: EventTime): string | undefined {
  const why = format.includes('%')
    ? 'no engine reads a time by a pattern'
    : zone !== 'UTC' && !format.startsWith('epoch_')
      ? `no engine knows that times are local to ${zone}`
      : undefined;
  return why && `needs compact: time, so that its rows carry the instant: ${why}`;
}
