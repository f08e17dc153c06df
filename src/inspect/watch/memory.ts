import type { Notice, WatchMemory } from '../../process/notify/notice.js';
import type { Condition } from './conditions.js';

export interface Step {
  readonly memory: WatchMemory;
  readonly notices: readonly Notice[];
}

/** A loss is of its hour for good: that the hour is no more among the newest does not mend it. */
const isForgotten = (key: string): boolean => /^(column|ids-lost) /.test(key);
/** Hours and columns that were told long ago need not be known for ever. */
const FORGET_MS = 30 * 86_400_000;

/** What is to be told of these conditions, where those of `before` are known: each once when it begins, or grows, and once when it is over. */
export function step(
  dataset: string,
  before: WatchMemory,
  conditions: readonly Condition[],
  healed: (key: string) => boolean,
  nowMs: number,
): Step {
  const notices: Notice[] = [];
  const memory: Record<string, WatchMemory[string]> = {};
  const at = new Date(nowMs).toISOString();
  const isoOf = (ms: number): string => new Date(ms).toISOString();
  for (const { key, what, mend, graceMs, figure, over } of conditions) {
    const known = before[key];
    const sinceMs = known?.sinceMs ?? nowMs;
    const told = known?.toldFigure ?? null;
    const isDue = nowMs - sinceMs >= graceMs && (told === null || figure > told);
    if (isDue) notices.push({ dataset, state: 'begun', key, what, mend, since: isoOf(sinceMs), at });
    memory[key] = { sinceMs, toldFigure: isDue ? figure : told, over };
  }
  for (const [key, known] of Object.entries(before)) {
    if (key in memory) continue;
    if (isForgotten(key) && !healed(key)) {
      if (nowMs - known.sinceMs < FORGET_MS) memory[key] = known;
      continue;
    }
    if (known.toldFigure === null || known.over === null) continue;
    notices.push({
      dataset,
      state: 'over',
      key,
      what: known.over,
      mend: '',
      since: isoOf(known.sinceMs),
      at,
    });
  }
  return { memory, notices };
}
