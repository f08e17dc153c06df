import { addHours, type Hour, hourStartMs } from '../../dataset/hour.js';
import { arrivalMs, rawHourPrefix, rawNameOf } from '../../lake/keys.js';
import { type LedgerFacts, withoutRaw } from '../../lake/counts.js';
import type { Ledger } from '../../lake/ledger.js';
import { readLedger } from '../../lake/ledgers.js';
import { namesUnder } from '../../lake/names-before.js';
import type { Outcome } from '../../lake/outcome.js';
import { readSegments } from '../../lake/segments.js';
import type { Storage } from '../../storage/port.js';

/** What the lake tells of one event hour. */
export interface HourStory {
  readonly hour: Hour;
  /** null: not sealed. */
  readonly ledger: LedgerFacts | null;
  /** Why its ledger cannot be read, in words; null: it can, or there is none. */
  readonly damage: string | null;
  /** Segments that wait for the next seal. */
  readonly segments: number;
  /** The answers that showed its records. */
  readonly answers: Answers;
  /** The longest time between two of these, which is where ids are lost; null with fewer than two. */
  readonly longestPause: { readonly from: string; readonly ms: number } | null;
  /** What arrived while the clock showed this hour, of whatever hour its records are. */
  readonly arrived: Answers;
}

interface Answers {
  readonly count: number;
  readonly first: string | null;
  readonly last: string | null;
}

export async function readHourStory(storage: Storage, dataset: string, hour: Hour): Promise<HourStory> {
  const [found, segments, arrived] = await Promise.all([
    readLedger(storage, dataset, hour),
    readSegments(storage, dataset, hour),
    namesUnder({ storage, dataset }, rawHourPrefix(dataset, hour)),
  ]);
  const named = found.kind === 'read' ? found.value.ledger.raw.map(rawNameOf) : [];
  const waiting = segments.whole.flatMap(({ header }) => header.raws);
  const times = [...new Set([...named, ...waiting])].map(arrivalMs).sort((a, b) => a - b);
  return {
    ...{ hour, ledger: ledgerOf(found), damage: found.kind === 'damaged' ? found.why : null },
    segments: segments.whole.length + segments.damaged.length,
    ...{
      answers: answersOf(times),
      longestPause: longestPause(times),
      arrived: answersOf(arrived.map(arrivalMs)),
    },
  };
}

function ledgerOf(found: Outcome<{ readonly ledger: Ledger }>): HourStory['ledger'] {
  return found.kind === 'read' ? withoutRaw(found.value.ledger) : null;
}

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const answersOf = (times: readonly number[]): Answers => ({
  count: times.length,
  first: isoOf(times[0]),
  last: isoOf(times.at(-1)),
});

function longestPause(times: readonly number[]): HourStory['longestPause'] {
  let longest: { from: string; ms: number } | null = null;
  for (let i = 1; i < times.length; i += 1) {
    const ms = times[i]! - times[i - 1]!;
    if (longest === null || ms > longest.ms) longest = { from: new Date(times[i - 1]!).toISOString(), ms };
  }
  return longest;
}

/** When runs that had to do with the hour were there: from its first answer to its last, else the hour itself. */
export function spanOf({ hour, answers, arrived }: HourStory): readonly [fromMs: number, toMs: number] {
  const [first, last] = answers.count > 0 ? [answers.first, answers.last] : [arrived.first, arrived.last];
  return [
    first === null ? hourStartMs(hour) : Date.parse(first),
    last === null ? hourStartMs(addHours(hour, 1)) : Date.parse(last),
  ];
}
