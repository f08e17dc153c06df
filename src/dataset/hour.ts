/** One UTC hour, as `2023-04-20T13`. Sorts as text. */
export type Hour = string & { readonly __hour: never };

export const HOUR_MS = 3_600_000;
/** Characters of an hour's name, and bytes. */
export const HOUR_CHARACTERS = 13;

const HOUR_FORM = /^\d{4}-\d{2}-\d{2}T\d{2}$/;

/** The UTC hour that holds the instant (milliseconds since 1970). */
export function hourOf(epochMs: number): Hour {
  return new Date(epochMs).toISOString().slice(0, 13) as Hour;
}

/** Reads `2023-04-20T13`; undefined for anything that is not a real hour. */
export function parseHour(text: string): Hour | undefined {
  if (!HOUR_FORM.test(text)) return undefined;
  const startMs = Date.parse(`${text}:00:00.000Z`);
  // Date.parse takes 2023-02-30 in some engines and moves it to March: the way back must give the same text.
  return Number.isNaN(startMs) || hourOf(startMs) !== text ? undefined : (text as Hour);
}

export function hourStartMs(hour: Hour): number {
  return Date.parse(`${hour}:00:00.000Z`);
}

export function hourEndMs(hour: Hour): number {
  return hourStartMs(hour) + HOUR_MS;
}

/** The hour `count` hours on (or back, when negative). */
export function addHours(hour: Hour, count: number): Hour {
  return hourOf(hourStartMs(hour) + count * HOUR_MS);
}

/** `year=2023/month=04/day=20/hour=13`: the layout that every engine's partition projection reads. */
export function partitionOf(hour: Hour): string {
  return `year=${hour.slice(0, 4)}/month=${hour.slice(5, 7)}/day=${hour.slice(8, 10)}/hour=${hour.slice(11, 13)}`;
}

/** The way back from `…/year=2023/month=04/day=20/hour=13…`, wherever it stands in a key. */
export function hourOfPartition(key: string): Hour | undefined {
  const match = /(?:^|\/)year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=(\d{2})(?=\/|\.|$)/.exec(key);
  return match ? parseHour(`${match[1]}-${match[2]}-${match[3]}T${match[4]}`) : undefined;
}
