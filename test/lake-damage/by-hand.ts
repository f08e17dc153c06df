import type { MergeResult } from '../../src/activities/seal/merge-types.js';
import { ApplicationFailure } from '@temporalio/common';
import { messageOf } from '../../src/errors.js';
import { type Hour, hourEndMs } from '../../src/dataset/hour.js';
import { FORGOTTEN_LOOKS_MAX, RESTARTS_MAX } from '../../src/workflows/timeouts.js';
import { type Bench, DATASET, MINUTE } from '../activities/bench.js';

/** What could not be done, and why: of one hour, or of all. */
export interface Failed {
  readonly hour: Hour | null;
  readonly code: string;
  readonly why: string;
}

interface Seal {
  readonly hour: Hour;
  readonly rebuild: boolean;
  /** Answers of which another seal tells. */
  readonly told: readonly string[];
}

const LATENESS_MS = 5 * MINUTE;
/** A seal asks for others now and then; more than this is a circle. */
const SEALS_MAX = 100;

/** What `sealHour` and `reprocess` do, activity by activity, without Temporal. What fails in one hour is noted, and stops no other. */
export class ByHand {
  readonly failed: Failed[] = [];
  private carries = 0;

  constructor(private readonly bench: Bench) {}

  async seal(hours: readonly Hour[], rebuild = false): Promise<void> {
    const waiting: Seal[] = hours.map((hour) => ({ hour, rebuild, told: [] }));
    for (let seals = 0; waiting.length > 0; seals += 1) {
      if (seals === SEALS_MAX) {
        this.failed.push({
          hour: null,
          code: 'Endless',
          why: `seals without end: ${JSON.stringify(waiting)}`,
        });
        return;
      }
      const next = waiting.shift()!;
      await this.noting(next.hour, async () => {
        for (const other of await this.sealOne(next))
          if (!waiting.some((one) => JSON.stringify(one) === JSON.stringify(other))) waiting.push(other);
      });
    }
  }

  async reprocess(): Promise<void> {
    const { activities } = this.bench;
    const touched = new Set<Hour>();
    const sealed: Hour[] = [];
    await this.noting(null, async () => {
      const slot = `reprocess-${(this.carries += 1)}`;
      let after: string | null = null;
      do {
        const found = await activities.findUncarried({ dataset: DATASET, after, passed: slot });
        const again = found.again ? { again: true } : {};
        for (const hour of await this.carry(found.raws, slot, again)) touched.add(hour);
        after = found.next;
      } while (after !== null);
      const page = await activities.listSealed({ dataset: DATASET, from: null, to: null, after: null });
      sealed.push(...page.hours);
    });
    await this.seal([...touched].filter((hour) => !sealed.includes(hour)));
    await this.seal(sealed, true);
  }

  private async carry(raws: readonly string[], slot: string, again: object): Promise<readonly Hour[]> {
    const touched: Hour[] = [];
    for (let left = raws; left.length > 0;) {
      const batch = { dataset: DATASET, slot, n: (this.carries += 1), raws: left, ...again };
      const { hours, rest } = await this.bench.activities.carry(batch);
      touched.push(...hours);
      left = rest;
    }
    return touched;
  }

  /** Again from the start where another seal was faster. Resolves to what is to be sealed besides. */
  private async sealOne(seal: Seal): Promise<readonly Seal[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.sealOnce(seal);
      } catch (error) {
        if (codeOf(error) !== 'LedgerConflict' || attempt === RESTARTS_MAX) throw error;
      }
    }
  }

  private async sealOnce({ hour, rebuild, told }: Seal): Promise<readonly Seal[]> {
    const { activities } = this.bench;
    const others = new Set<Hour>();
    const scratch = this.bench.scratch();
    const input = { ...scratch, hour, contiguousIds: true, ...(rebuild ? { rebuild } : {}), told };
    const account = { accountThroughMs: hourEndMs(hour) + LATENESS_MS };
    let merged: MergeResult = await activities.merge({ ...input, ...account });
    for (let look = 1; merged.forgotten; look += 1) {
      for (const other of await this.carry(merged.forgotten, 'forgotten', {})) others.add(other);
      merged = await activities.merge({ ...input, ...(look < FORGOTTEN_LOOKS_MAX ? account : {}) });
    }
    const placed = merged.rows.length > 0 ? await this.bench.placeAll(scratch.staging, merged.rows) : null;
    const settled = await activities.settle({
      ...{ ...scratch, hour, draft: merged.draft, object: placed?.object ?? null },
      ...(placed?.parquet ? { parquet: placed.parquet } : {}),
      sealedAt: new Date(hourEndMs(hour) + LATENESS_MS).toISOString(),
    });
    others.delete(hour);
    return [
      ...[...others].map((other) => ({ hour: other, rebuild: false, told: [] })),
      ...settled.recheck.map(({ hour: other, now, told }) => ({ hour: other, rebuild: now, told })),
    ];
  }

  private async noting(hour: Hour | null, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failed.push({ hour, code: codeOf(error), why: messageOf(error) });
    }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof ApplicationFailure ? String(error.type) : String((error as Error).name);
