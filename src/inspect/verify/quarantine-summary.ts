import type { RecordId } from '../../dataset/record-id.js';
import type { Hour } from '../../dataset/hour.js';
import { LIMITS } from '../../limits.js';
import type { Damaged } from '../../lake/outcome.js';
import type { Quarantined } from '../../lake/quarantine-entry.js';
import { type LandsWith, landsWith, type QuarantineReason } from '../../dataset/reason.js';
import {
  eachQuarantined,
  type QuarantineCounts,
  type QuarantineGroup,
  QuarantineTally,
} from '../../lake/counts.js';
import type { Storage } from '../../storage/port.js';

/** What `fernlake quarantine list` shows; with a reason asked for, of this one alone. */
export interface QuarantineSummary extends QuarantineCounts {
  /** Objects that cannot be read: the next redrive makes them anew. */
  readonly damaged: readonly Pick<Damaged, 'key' | 'why'>[];
  readonly groups: readonly (QuarantineGroup & {
    /** What has to change before a redrive can land them: a key, the rules, or nothing does. */
    readonly landsWith: LandsWith;
  })[];
  /** Only where records were asked for: one each, in order of their first appearance. */
  readonly records: readonly QuarantinedRecord[];
  /** How many records there are beyond those named. */
  readonly recordsLeftOut: number;
}

/** Without its envelope, which holds a token. */
export interface QuarantinedRecord {
  readonly id: RecordId | null;
  readonly reason: QuarantineReason;
  /** UTC hour of its first arrival. */
  readonly arrival: Hour;
  readonly appearances: number;
  /** Where it appeared first: the answer, and the position in it. */
  readonly raw: string;
  readonly index: number;
  readonly detail: string;
}

export interface SummaryOptions {
  readonly reason?: string | undefined;
  /** Each record by name. */
  readonly records?: boolean;
}

/** Records in quarantine, and their appearances, by reason and hour of arrival. */
export async function summarizeQuarantine(
  storage: Storage,
  dataset: string,
  { reason, records = false }: SummaryOptions = {},
): Promise<QuarantineSummary> {
  const tally = new QuarantineTally();
  const list = new RecordList();
  const { damaged } = await eachQuarantined(storage, dataset, (arrival, entry) => {
    if (reason !== undefined && entry.reason !== reason) return;
    tally.add(arrival, entry);
    if (records) list.add(arrival, entry);
  });
  const counts = tally.counts();
  // A record that is refused for two reasons is named twice.
  const all = Object.values(counts.reasons).reduce((sum, each) => sum + each.records, 0);
  return {
    ...counts,
    groups: tally.groups().map((group) => ({ ...group, landsWith: landsWith(group.reason) })),
    records: list.records(),
    recordsLeftOut: records ? all - list.size : 0,
    damaged: damaged.map(({ key, why }) => ({ key, why })),
  };
}

class RecordList {
  readonly #found = new Map<string, { first: Omit<QuarantinedRecord, 'appearances'>; appearances: number }>();

  get size(): number {
    return this.#found.size;
  }

  add(arrival: Hour, { id, reason, raw, index, detail, record }: Quarantined): void {
    const key = `${reason} ${record}`;
    const known = this.#found.get(key);
    if (known) known.appearances += 1;
    else if (this.#found.size < LIMITS.quarantineListMax)
      this.#found.set(key, { first: { id, reason, arrival, raw, index, detail }, appearances: 1 });
  }

  records(): QuarantinedRecord[] {
    return [...this.#found.values()].map(({ first: { id, reason, arrival, ...place }, appearances }) => ({
      ...{ id, reason, arrival, appearances },
      ...place,
    }));
  }
}
