import { livePriority } from './priorities.js';
import { condition, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { hourEndMs, type Hour } from '../dataset/hour.js';
import { LIMITS } from '../limits.js';
import { advanceMarks, type Marks } from './marks.js';
import type { EtlMemory, EtlSettings } from './messages.js';
import { sealSettings, startOrNudge } from './nudge.js';
import { processBatch } from './process-batch.js';
import type { Slot } from './slot.js';
import { MEMORY_MS, OPEN_HOURS_MAX, QUIET_IDLES, TIMEOUTS } from './timeouts.js';

const { survey } = proxyActivities<Activities>(TIMEOUTS.survey);
const NUDGED_AT_ONCE = 50;

/** The process phase: carries archived answers, in order, in batches, and tells the hours that they touch. */
export class Processor {
  batches = 0;
  records = 0;
  quarantined = 0;
  readonly touched = new Set<Hour>();
  /** Hours whose seals this run has started or nudged. */
  private readonly told = new Set<Hour>();
  private queue: string[] = [];
  private readonly queued = new Set<string>();
  private marks: Marks;
  private watermarkMs: number | null;
  private open: Set<Hour>;
  private quiet: Set<Hour>;
  private quietSinceMs: number | null;

  constructor(
    private readonly settings: EtlSettings,
    private readonly slot: Slot,
    memory: EtlMemory,
    private readonly staging: string,
    /** This run continues an earlier one of the same slot, whose history had grown too large. */
    private readonly goesOn = false,
  ) {
    this.marks = { processedThroughMs: memory.processedThroughMs, processed: memory.processed };
    this.watermarkMs = memory.watermarkMs;
    this.open = new Set(memory.open);
    this.quiet = new Set(memory.quiet);
    this.quietSinceMs = memory.quietSinceMs;
  }

  get pending(): number {
    return this.queue.length;
  }

  /** Hours that wait for their seal, ascending. */
  get openHours(): readonly Hour[] {
    return [...this.open].sort();
  }

  add(name: string): void {
    if (this.queued.has(name)) return;
    this.queued.add(name);
    this.queue.push(name);
  }

  memory(): Omit<EtlMemory, 'pace' | 'down'> {
    const { watermarkMs, quietSinceMs } = this;
    return { ...this.marks, watermarkMs, open: [...this.open], quiet: [...this.quiet], quietSinceMs };
  }

  /**
   * Carries whatever the archive holds and nobody has carried, then what comes in, until `over` and nothing
   * is left, or until the run's history is `full`: the next run finds the rest.
   */
  async run(over: () => boolean, full: () => boolean): Promise<void> {
    let more = await this.lookUp();
    for (;;) {
      await condition(() => more || over() || full() || this.queue.length >= LIMITS.batchWindowsMax);
      // Read before the last batches: answers archived during them belong to the next slot.
      const last = over() && !more;
      let left = last ? this.queue.length : Math.min(this.queue.length, LIMITS.batchWindowsMax);
      // One batch even when the history is full: otherwise runs that polls alone fill up would carry nothing.
      do left -= left > 0 ? await this.carry(Math.min(LIMITS.batchWindowsMax, left)) : 0;
      while (left > 0 && !full());
      if (full()) return;
      if (last) return;
      if (more && this.queue.length === 0) more = await this.lookUp();
    }
  }

  private async lookUp(): Promise<boolean> {
    const backfill = this.slot.kind === 'backfill';
    const listing = await survey.executeWithOptions(
      {
        summary: 'list what is archived and not carried yet',
        priority: livePriority(this.settings.dataset),
      },
      [
        {
          dataset: this.settings.dataset,
          processedThroughMs:
            backfill && this.batches === 0 && !this.goesOn
              ? this.slot.startMs
              : this.marks.processedThroughMs,
          processed: this.marks.processed,
          untilMs: backfill ? this.slot.endMs : null,
        },
      ],
    );
    this.marks = { processedThroughMs: listing.processedThroughMs, processed: this.marks.processed };
    for (const name of listing.raws) this.add(name);
    this.queue.sort();
    this.forgetQuiet();
    const forgotten = listing.hours.filter((hour) => !this.open.has(hour) && !this.quiet.has(hour));
    await this.nudge(this.share(forgotten), false);
    return listing.more;
  }

  /**
   * As many hours as one run may tell at once. The next slots begin elsewhere in the list, so that hours that
   * never seal hold none of the others up.
   */
  private share(hours: readonly Hour[]): readonly Hour[] {
    if (hours.length <= OPEN_HOURS_MAX) return hours;
    const turn = Math.floor(this.slot.startMs / this.settings.slotMs);
    const from = (turn * OPEN_HOURS_MAX) % hours.length;
    return [...hours, ...hours].slice(from, from + OPEN_HOURS_MAX);
  }

  /** Carries up to `size` answers from the queue; resolves to how many it took. */
  private async carry(size: number): Promise<number> {
    const { dataset } = this.settings;
    const wanted = this.queue.slice(0, size);
    const result = await processBatch({
      dataset,
      slot: this.slot.name,
      n: this.batches,
      staging: this.staging,
      raws: wanted,
      before: this.marks.processed.at(-1) ?? null,
    });
    const raws = wanted.filter((name) => !result.rest.includes(name));
    this.queue = this.queue.filter((name) => !raws.includes(name));
    this.batches += 1;
    this.records += result.records;
    this.quarantined += result.quarantined;
    // The watermark never passes the wall clock, so one record from a clock that is ahead closes nothing.
    const newestMs = Math.min(result.newestEventMs ?? Number.NEGATIVE_INFINITY, Date.now());
    if (Number.isFinite(newestMs)) this.watermarkMs = Math.max(this.watermarkMs ?? newestMs, newestMs);
    for (const hour of result.news) this.touched.add(hour);
    await this.nudge(result.news, true);
    this.noteQuiet(result.hours);
    this.marks = advanceMarks(this.marks, raws, this.queue, MEMORY_MS, Date.now());
    return raws.length;
  }

  /** Hours whose new segments only repeat what is known, and that nobody waits for any more. */
  private noteQuiet(hours: readonly Hour[]): void {
    for (const hour of hours) {
      if (this.touched.has(hour) || !this.isLeftAlone(hour)) continue;
      this.quiet.add(hour);
      this.quietSinceMs ??= Date.now();
    }
  }

  /**
   * The last hour of a source that stands still never sees a later record. Once the clock has closed it, it
   * is no longer open; else its repeats would wait for a merge as long as the source stands still.
   */
  private isLeftAlone(hour: Hour): boolean {
    if (!this.open.has(hour)) return true;
    const { latenessMs, idleMs } = this.settings;
    if (Date.now() < hourEndMs(hour) + latenessMs + idleMs) return false;
    this.open.delete(hour);
    return true;
  }

  /** Now and then their segments are merged all the same: the survey then finds them as any others. */
  private forgetQuiet(): void {
    const due = (this.quietSinceMs ?? Number.POSITIVE_INFINITY) + QUIET_IDLES * this.settings.idleMs;
    if (Date.now() < due && this.quiet.size <= OPEN_HOURS_MAX) return;
    this.quiet.clear();
    this.quietSinceMs = null;
  }

  private mayTell(hour: Hour): boolean {
    if (this.told.size < LIMITS.runHoursMax) this.told.add(hour);
    return this.told.has(hour);
  }

  /** Tells the given hours, and those that the watermark has closed since. */
  private async nudge(wanted: readonly Hour[], segments: boolean): Promise<void> {
    const { latenessMs } = this.settings;
    const { watermarkMs } = this;
    // The rest waits in segments/, where the next run finds it.
    const hours = wanted.filter((hour) => this.mayTell(hour));
    const closed = [...this.open].filter(
      (hour) => watermarkMs !== null && hourEndMs(hour) + latenessMs <= watermarkMs,
    );
    const targets = [...new Set([...hours, ...closed])];
    const fresh = new Set(segments ? hours : []);
    for (let at = 0; at < targets.length; at += NUDGED_AT_ONCE) {
      const some = targets.slice(at, at + NUDGED_AT_ONCE);
      await Promise.all(
        some.map((hour) =>
          startOrNudge(sealSettings(this.settings, hour), { watermarkMs, segments: fresh.has(hour) }),
        ),
      );
    }
    for (const hour of hours) this.open.add(hour);
    for (const hour of this.open) {
      if (watermarkMs !== null && hourEndMs(hour) + latenessMs <= watermarkMs) this.open.delete(hour);
    }
    this.open = new Set([...this.open].sort().slice(-OPEN_HOURS_MAX));
  }
}
