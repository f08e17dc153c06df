import type { ByteSink } from './byte-sink.js';
import type { Hour } from './hour.js';
import type { QuarantineReason } from './reason.js';
import { readDecrypted } from './staged-form.js';
import type { UrlDictionary } from './urls.js';
import { WindowCompactor } from './window-compactor.js';

export interface CompactOutput {
  readonly records: number;
  readonly quarantined: Partial<Record<QuarantineReason, number>>;
  readonly newestEventMs: number | null;
  /** Raw names of the answers not taken. */
  readonly rest: readonly string[];
}

/**
 * A batch from its decrypted form to the compacted one, in `out`. `hoursMax`: event hours behind which no further answer is taken,
 * unless it is the first.
 */
export function compactBatch(
  bytes: Buffer,
  urls: UrlDictionary,
  hoursMax: number,
  out: ByteSink,
): CompactOutput {
  const compactor = new WindowCompactor(urls);
  const quarantined: Partial<Record<QuarantineReason, number>> = {};
  const rest: string[] = [];
  const hours = new Set<Hour>();
  let newestEventMs: number | null = null;
  let records = 0;
  for (const window of readDecrypted(bytes)) {
    if (rest.length > 0) {
      rest.push(window.raw);
      continue;
    }
    const before = out.used;
    const compacted = compactor.compact(bytes, window, out);
    if (window.context) continue;
    if (isTooMuch(hours, compacted.hours, hoursMax)) {
      out.used = before;
      rest.push(window.raw);
      continue;
    }
    records += compacted.entries;
    for (const { reason } of compacted.refusals) quarantined[reason] = (quarantined[reason] ?? 0) + 1;
    if (compacted.newestEventMs !== null)
      newestEventMs = Math.max(newestEventMs ?? compacted.newestEventMs, compacted.newestEventMs);
  }
  return { records, quarantined, newestEventMs, rest };
}

/** Whether the batch, which has something already, would have too many hours with these; otherwise they are added. */
function isTooMuch(hours: Set<Hour>, further: readonly Hour[], hoursMax: number): boolean {
  const before = hours.size;
  const added = further.filter((hour) => !hours.has(hour));
  if (before > 0 && before + added.length > hoursMax) return true;
  for (const hour of added) hours.add(hour);
  return false;
}
