import { type Hour, hourOf, hourStartMs } from '../../dataset/hour.js';
import type { HourFacts } from './gather.js';
import { count, percent } from './html.js';

/** How an hour is: nothing missing, under 1 % missing, under 10 %, more; `none`: no ledger. */
export type Level = 'full' | 'little' | 'some' | 'much' | 'none';

export const LEVELS: readonly { readonly level: Level; readonly label: string }[] = [
  { level: 'full', label: 'complete' },
  { level: 'little', label: 'under 1 % missing' },
  { level: 'some', label: '1 to 10 % missing' },
  { level: 'much', label: '10 % or more missing' },
  { level: 'none', label: 'no sealed hour' },
];

export function levelOf({ complete, missingCount }: Pick<HourFacts, 'complete' | 'missingCount'>): Level {
  if (missingCount === 0) return 'full';
  if (complete > 0.99) return 'little';
  return complete > 0.9 ? 'some' : 'much';
}

/** Hours of one day that lie next to each other and are alike: a whole good day is one rectangle. */
export interface Cell {
  readonly dayMs: number;
  /** 0..24; the end is not included. */
  readonly fromHour: number;
  readonly toHour: number;
  readonly level: Level;
  /** For the few hours that are not complete. */
  readonly title: string | null;
}

export interface Year {
  readonly year: number;
  /** First day and the day behind the last one, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cells: readonly Cell[];
}

const DAY_MS = 86_400_000;

/** The calendar of each year that has a sealed hour; the first and the last one only as far as there are hours. */
export function calendarOf(hours: readonly HourFacts[]): Year[] {
  const byHour = new Map(hours.map((facts) => [facts.hour, facts]));
  const first = hours[0];
  const last = hours.at(-1);
  if (!first || !last) return [];
  const firstDayMs = dayOf(first.hour);
  const endMs = dayOf(last.hour) + DAY_MS;
  return [...new Set(hours.map(({ hour }) => Number(hour.slice(0, 4))))].map((year) => {
    const fromMs = Math.max(firstDayMs, Date.UTC(year, 0, 1));
    const toMs = Math.min(endMs, Date.UTC(year + 1, 0, 1));
    const cells: Cell[] = [];
    for (let dayMs = fromMs; dayMs < toMs; dayMs += DAY_MS)
      cells.push(...cellsOfDay(dayMs, byHour, hourStartMs(first.hour), hourStartMs(last.hour)));
    return { year, fromMs, toMs, cells };
  });
}

const dayOf = (hour: Hour): number => Date.parse(hour.slice(0, 10));

function cellsOfDay(
  dayMs: number,
  byHour: ReadonlyMap<Hour, HourFacts>,
  firstMs: number,
  lastMs: number,
): Cell[] {
  const cells: Cell[] = [];
  for (let at = 0; at < 24; at += 1) {
    const startMs = dayMs + at * 3_600_000;
    // Before the first hour and behind the last one there is nothing to miss.
    if (startMs < firstMs || startMs > lastMs) continue;
    const facts = byHour.get(hourOf(startMs));
    const level = facts ? levelOf(facts) : 'none';
    const title = facts && level !== 'full' ? titleOf(facts) : null;
    const before = cells.at(-1);
    if (before?.level === level && before.toHour === at && title === null)
      cells[cells.length - 1] = { ...before, toHour: at + 1 };
    else cells.push({ dayMs, fromHour: at, toHour: at + 1, level, title });
  }
  return cells;
}

const titleOf = ({ hour, complete, missingCount }: HourFacts): string =>
  `${hour}: ${count(missingCount)} missing, ${percent(complete)} complete`;
