import { quarantinedNameAt } from '../lake/names.js';
import { readQuarantine } from '../lake/quarantine.js';
import type { Hour } from '../domain/hour.js';
import { arrivalHour, quarantinePrefix } from '../domain/lake-keys.js';
import { valueOf } from '../domain/outcome.js';
import type { QuarantineReason } from '../domain/reason.js';
import type { Storage } from '../storage/port.js';

export interface QuarantineSummary {
  /** Keys of objects that cannot be read: the next redrive makes them anew. */
  readonly damaged: readonly string[];
  readonly total: number;
  readonly groups: readonly {
    readonly reason: QuarantineReason;
    readonly arrival: Hour;
    readonly appearances: number;
  }[];
  /** Only where one reason was asked for. Without the envelopes: they hold tokens. */
  readonly entries: readonly {
    readonly raw: string;
    readonly index: number;
    readonly id: number | null;
    readonly detail: string;
  }[];
}

/** Appearances in quarantine by reason and hour of arrival. */
export async function summarizeQuarantine(
  storage: Storage,
  dataset: string,
  reason?: string,
): Promise<QuarantineSummary> {
  const counts = new Map<string, { reason: QuarantineReason; arrival: Hour; appearances: number }>();
  const entries: QuarantineSummary['entries'][number][] = [];
  const damaged: string[] = [];
  let total = 0;
  for await (const key of storage.keys(quarantinePrefix(dataset))) {
    const name = quarantinedNameAt(dataset, key);
    if (name === undefined) continue;
    const arrival = arrivalHour(name);
    const found = await readQuarantine(storage, key);
    if (found.kind === 'damaged') damaged.push(key);
    for (const entry of valueOf(found) ?? []) {
      if (reason !== undefined && entry.reason !== reason) continue;
      total += 1;
      const at = `${entry.reason} ${arrival}`;
      const group = counts.get(at) ?? { reason: entry.reason, arrival, appearances: 0 };
      group.appearances += 1;
      counts.set(at, group);
      if (reason === undefined) continue;
      const id = (entry.envelope as { recordId?: unknown } | null)?.recordId;
      entries.push({
        raw: entry.raw,
        index: entry.index,
        id: typeof id === 'number' ? id : null,
        detail: entry.detail,
      });
    }
  }
  const groups = [...counts.values()].sort((a, b) =>
    `${a.reason} ${a.arrival}` < `${b.reason} ${b.arrival}` ? -1 : 1,
  );
  return { total, groups, entries, damaged };
}
