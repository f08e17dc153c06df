import { type Hour, hourEndMs, parseHour } from '../../dataset/hour.js';
import { ledgerKey, segmentsPrefix } from '../../lake/keys.js';
import { readLedgersOf } from '../../lake/counts.js';
import { newestSealed, type SealedHour } from '../../lake/newest-ledgers.js';
import type { Storage } from '../../storage/port.js';
import { QUIET_IDLES } from '../../workflows/timeouts.js';
import type { Metrics } from './metrics.js';

export interface LakeGaugesInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly latenessMs: number;
  readonly idleMs: number;
}

export interface LakeGauges {
  /** Sets the gauges from the lake, or leaves them where that was done within the last minute. Throws the storage's error. */
  refresh(): Promise<void>;
  /** The lake was seen to be away: the next refresh asks it, however soon. */
  forget(): void;
}

const RECENT_HOURS = 24;
/** Scrapes may come more often; the lake is asked this often. S3 charges for every listing. */
const FRESH_MS_MAX = 60_000;
/** Short enough that an hour which waits for its seal is seen. */
const freshMs = (idleMs: number): number => Math.min(FRESH_MS_MAX, idleMs / 2);

/**
 * What is true for all workers together, read from the lake: the newest sealed hour, what is missing in the last day of
 * them, and the hours that wait for their seal. A refresh is one listing of the newest ledgers and one of the segments, and
 * it reads only ledgers that are new or have changed. The gauges are instants, not ages: an alert subtracts them from its own
 * clock, so an age is right at every scrape, also between two refreshes.
 *
 * `clock`: ms that only go forward.
 */
export function createLakeGauges(
  metrics: Metrics,
  input: LakeGaugesInput,
  clock: () => number = () => performance.now(),
): LakeGauges {
  const recent = new RecentLedgers(input);
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const hours = await recent.refresh();
    const due = await dueTimes(input);
    const newest = hours.at(-1);
    if (newest === undefined) metrics.newestSealed.remove();
    else metrics.newestSealed.set(hourEndMs(newest.hour) / 1000);
    metrics.recentMissing.set(recent.missing());
    metrics.openHours.set(due.length);
    if (due.length === 0) metrics.oldestOpen.remove();
    else metrics.oldestOpen.set(Math.min(...due) / 1000);
    freshUntilMs = clock() + freshMs(input.idleMs);
  }

  return {
    async refresh() {
      if (clock() < freshUntilMs) return;
      // Two scrapes at once wait for the same answer.
      reading ??= read().finally(() => (reading = undefined));
      await reading;
    },
    forget() {
      freshUntilMs = Number.NEGATIVE_INFINITY;
    },
  };
}

/** The newest sealed hours, and of each ledger what the gauges need, kept for as long as the ledger stays the same. */
class RecentLedgers {
  private hours: readonly SealedHour[] | undefined;
  /** Missing ids by key and etag. */
  private known = new Map<string, number>();

  constructor(private readonly input: Pick<LakeGaugesInput, 'storage' | 'dataset'>) {}

  async refresh(): Promise<readonly SealedHour[]> {
    const { storage, dataset } = this.input;
    const hours = await newestSealed(storage, dataset, RECENT_HOURS, Date.now(), this.hours);
    // By the listing's etag: a ledger that changes in between is read once more the next time.
    const entries = await Promise.all(
      hours.map(async (hour): Promise<[string, number]> => {
        const id = idOf(hour);
        return [id, this.known.get(id) ?? (await this.missingOf(hour.hour))];
      }),
    );
    this.hours = hours;
    this.known = new Map(entries);
    return hours;
  }

  missing(): number {
    return [...this.known.values()].reduce((sum, count) => sum + count, 0);
  }

  private async missingOf(hour: Hour): Promise<number> {
    const { ledgers } = await readLedgersOf(this.input.storage, this.input.dataset, [hour]);
    return ledgers[0]?.ids.missingCount ?? 0;
  }
}

const idOf = ({ key, etag }: SealedHour): string => `${key} ${etag}`;

/**
 * When each hour with unsealed segments should be sealed at the latest. From its oldest segment on where that came after
 * the hour's end: a late record of last week makes that hour due now, not last week. In an hour that is sealed already they
 * may be mere repeats of a quiet source, which are merged only now and then.
 */
async function dueTimes({ storage, dataset, latenessMs, idleMs }: LakeGaugesInput): Promise<number[]> {
  const prefix = segmentsPrefix(dataset);
  const oldest = new Map<Hour, number>();
  for await (const { key, modifiedMs } of storage.list(prefix)) {
    const hour = parseHour(key.slice(prefix.length).split('/', 1)[0] ?? '');
    if (hour) oldest.set(hour, Math.min(oldest.get(hour) ?? modifiedMs, modifiedMs));
  }
  const due: number[] = [];
  for (const [hour, sinceMs] of oldest) {
    const dueMs = Math.max(hourEndMs(hour) + latenessMs, sinceMs) + idleMs;
    // Also one that will be overdue before the next refresh.
    const overdue = dueMs < Date.now() + freshMs(idleMs);
    const sealed = overdue && (await storage.head(ledgerKey(dataset, hour))) !== undefined;
    due.push(sealed ? dueMs + (QUIET_IDLES - 1) * idleMs : dueMs);
  }
  return due;
}
