import {
  eachQuarantined,
  type QuarantineCounts,
  type QuarantineGroup,
  QuarantineTally,
} from '../../lake/counts.js';
import type { Storage } from '../../storage/port.js';

/** What `fernlake quarantine list` shows; with a reason asked for, of this one alone. */
export interface QuarantineSummary extends QuarantineCounts {
  /** Keys of objects that cannot be read: the next redrive makes them anew. */
  readonly damaged: readonly string[];
  readonly groups: readonly QuarantineGroup[];
  /** Only where one reason was asked for. Without the envelopes: they hold tokens. */
  readonly entries: readonly {
    readonly raw: string;
    readonly index: number;
    readonly id: number | null;
    readonly detail: string;
  }[];
}

/** Records in quarantine, and their appearances, by reason and hour of arrival. */
export async function summarizeQuarantine(
  storage: Storage,
  dataset: string,
  reason?: string,
): Promise<QuarantineSummary> {
  const tally = new QuarantineTally();
  const entries: QuarantineSummary['entries'][number][] = [];
  const { damaged } = await eachQuarantined(storage, dataset, (arrival, entry) => {
    if (reason !== undefined && entry.reason !== reason) return;
    tally.add(arrival, entry);
    if (reason === undefined) return;
    const { raw, index, detail } = entry;
    const id = (entry.envelope as { recordId?: unknown } | null)?.recordId;
    entries.push({ raw, index, id: typeof id === 'number' ? id : null, detail });
  });
  return { ...tally.counts(), groups: tally.groups(), entries, damaged };
}
