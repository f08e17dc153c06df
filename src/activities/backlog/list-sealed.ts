import { addHours, type Hour } from '../../dataset/hour.js';
import { ledgerKey, ledgerPrefix, tableKey, tablePrefix } from '../../lake/keys.js';
import { ledgerHourAt, tableHourAt } from '../../lake/names.js';
import { LIMITS } from '../../limits.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';

export interface SealedInput {
  readonly dataset: string;
  /** Both included; null: no bound. */
  readonly from: Hour | null;
  readonly to: Hour | null;
  /** Hour to go on behind; null: from the start. */
  readonly after: Hour | null;
}

/** `next`: the hour to go on behind; null: it was the last page. */
export interface SealedResult {
  readonly hours: readonly Hour[];
  readonly next: Hour | null;
}

/** The sealed hours of a range, page by page. */
export type ListSealed = (input: SealedInput) => Promise<SealedResult>;

/** The sealed hours of a range, in pages of `hoursMax`. */
export const createListSealed =
  ({ storage }: Pick<ActivityDeps, 'storage'>, hoursMax: number = LIMITS.sealedHoursMax): ListSealed =>
  async (input) => {
    const pulse = currentPulse();
    const hours: Hour[] = [];
    for await (const hour of sealedHoursOf(storage, input)) {
      pulse.beat();
      if (hours.length === hoursMax) return { hours, next: hours.at(-1) ?? null };
      hours.push(hour);
    }
    return { hours, next: null };
  };

/** Ascending, by the ledgers and the objects that are there: of a sealed hour either may be lost. */
export async function* sealedHoursOf(
  storage: Storage,
  { dataset, from, to, after }: SealedInput,
): AsyncGenerator<Hour> {
  // From the hour in front of the range on: `after` itself is not wanted any more.
  const behind = [after, from && addHours(from, -1)]
    .filter((hour) => hour !== null)
    .sort()
    .at(-1);
  const startAfter = behind ? ledgerKey(dataset, behind) : '';
  const sealed = storage.keys(ledgerPrefix(dataset), { startAfter });
  const landed = storage.keys(tablePrefix(dataset), behind ? { startAfter: tableKey(dataset, behind) } : {});
  const both = ascending(
    hoursIn(sealed, (key) => ledgerHourAt(dataset, key)),
    hoursIn(landed, (key) => tableHourAt(dataset, key)),
  );
  for await (const hour of both) {
    if (to !== null && hour > to) return;
    yield hour;
  }
}

async function* hoursIn(
  keys: AsyncIterable<string>,
  hourAt: (key: string) => Hour | undefined,
): AsyncGenerator<Hour> {
  for await (const key of keys) {
    const hour = hourAt(key);
    if (hour) yield hour;
  }
}

/** Both ascend; an hour that is in both comes once. */
async function* ascending(a: AsyncGenerator<Hour>, b: AsyncGenerator<Hour>): AsyncGenerator<Hour> {
  try {
    let [nextA, nextB] = [await a.next(), await b.next()];
    while (!nextA.done || !nextB.done) {
      const isA = !nextA.done && (nextB.done || nextA.value <= nextB.value);
      const hour = (isA ? nextA : nextB).value as Hour;
      yield hour;
      if (!nextA.done && nextA.value === hour) nextA = await a.next();
      if (!nextB.done && nextB.value === hour) nextB = await b.next();
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
  }
}
