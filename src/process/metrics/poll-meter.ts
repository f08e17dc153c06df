import { type FetchInput, type FetchResult, type Polled, polledBy } from '../../activities/fetch/activity.js';
import type { Metrics } from './metrics.js';

/** Counts the polls of this process. */
export class PollMeter {
  private askedAtMs: number | undefined;
  /** Names of the answers last reported: a run that ended before it heard of some leaves them to the next, which reports them again. */
  private counted: ReadonlySet<string> = new Set();

  constructor(private readonly metrics: Metrics) {
    const nowS = Date.now() / 1000;
    metrics.answeredAt.set(nowS);
    metrics.movedAt.set(nowS);
  }

  take({ afterId }: FetchInput, result: FetchResult): void {
    const polls = polledBy(result);
    let beforeId = afterId;
    for (const polled of polls) {
      if (!this.counted.has(polled.name)) this.count(beforeId, polled);
      const { newestId } = polled.observation;
      if (newestId !== null) beforeId = Math.max(beforeId ?? newestId, newestId);
    }
    this.counted = new Set(polls.map(({ name }) => name));
  }

  private count(afterId: number | null, { raw, fetchedAtMs, observation }: Polled): void {
    const { metrics } = this;
    const { askedAtMs, records, oldestId, newestId, fresh, texts } = observation;
    metrics.polls.inc();
    metrics.pollRecords.inc(records);
    metrics.pollFresh.inc(fresh);
    metrics.bytes.inc({ form: 'raw' }, raw.bytes);
    metrics.answeredAt.set(fetchedAtMs / 1000);
    metrics.pollDuration.set(Math.max(0, fetchedAtMs - askedAtMs) / 1000);
    if (fresh > 0) metrics.movedAt.set(fetchedAtMs / 1000);
    if (newestId !== null) metrics.newestId.set(newestId);
    if (records > 0 && (afterId !== null || (texts?.overlaps ?? null) !== null))
      metrics.pollOverlap.set(1 - fresh / records);
    // The window begins behind the id that was next: the ids between are gone.
    if (afterId !== null && oldestId !== null && oldestId > afterId + 1)
      metrics.idsLost.inc(oldestId - afterId - 1);
    // How many, ids that are text do not tell.
    if (texts?.overlaps === false) metrics.idsLost.inc(1);
    if (this.askedAtMs !== undefined && askedAtMs > this.askedAtMs)
      metrics.pollInterval.set((askedAtMs - this.askedAtMs) / 1000);
    this.askedAtMs = askedAtMs;
  }
}
