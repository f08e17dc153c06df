import { type Hour, parseHour } from './hour.js';

/** Hours by their day, as a person reads them and in few bytes: `{"2023-04-20": "00-05 13"}`. Ten years have 80 kB. */
export type HoursByDay = Readonly<Record<string, string>>;

/** Hours, each once; ascending where they are asked for. */
export class HourSet {
  /** Of a day the hours, one bit each. */
  readonly #days = new Map<string, number>();
  #size = 0;

  constructor(stored: HoursByDay = {}) {
    for (const [day, text] of Object.entries(stored)) for (const hour of hoursIn(day, text)) this.add(hour);
  }

  get size(): number {
    return this.#size;
  }

  add(hour: Hour): void {
    if (this.has(hour)) return;
    const day = hour.slice(0, 10);
    this.#days.set(day, (this.#days.get(day) ?? 0) | bitOf(hour));
    this.#size += 1;
  }

  addAll(hours: Iterable<Hour>): void {
    for (const hour of hours) this.add(hour);
  }

  has(hour: Hour): boolean {
    return ((this.#days.get(hour.slice(0, 10)) ?? 0) & bitOf(hour)) !== 0;
  }

  /** Of a day, ascending. */
  *[Symbol.iterator](): Generator<Hour> {
    for (const day of this.#sorted())
      for (let h = 0; h < 24; h += 1) if (((this.#days.get(day) ?? 0) >> h) & 1) yield hourAt(day, h);
  }

  stored(): HoursByDay {
    return Object.fromEntries(this.#sorted().map((day) => [day, textOf(this.#days.get(day) ?? 0)]));
  }

  #sorted(): string[] {
    return [...this.#days.keys()].sort();
  }
}

/** Whether every key is a day and every value its hours, each between 00 and 23 and ascending. */
export function isHoursByDay(value: unknown): value is HoursByDay {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([day, text]) =>
      parseHour(`${day}T00`) !== undefined && typeof text === 'string' && textOf(bitsOf(text)) === text,
  );
}

const bitOf = (hour: Hour): number => 1 << Number(hour.slice(11, 13));
const two = (h: number): string => String(h).padStart(2, '0');
const hourAt = (day: string, h: number): Hour => `${day}T${two(h)}` as Hour;

function* hoursIn(day: string, text: string): Generator<Hour> {
  const bits = bitsOf(text);
  for (let h = 0; h < 24; h += 1) if ((bits >> h) & 1) yield hourAt(day, h);
}

function bitsOf(text: string): number {
  let bits = 0;
  for (const part of text.split(' ')) {
    const [from, to = from] = part.split('-').map(Number);
    for (let h = from ?? 24; h <= Math.min(to ?? 0, 23); h += 1) bits |= 1 << h;
  }
  return bits;
}

function textOf(bits: number): string {
  const parts: string[] = [];
  for (let h = 0; h < 24; h += 1) {
    if (!((bits >> h) & 1)) continue;
    const from = h;
    while ((bits >> (h + 1)) & 1 && h < 23) h += 1;
    parts.push(from === h ? two(h) : `${two(from)}-${two(h)}`);
  }
  return parts.join(' ');
}
