import type { ByteSink } from '../../bytes/byte-sink.js';
import { EntryTable, writeEntryTable } from './entry-table.js';
import type { Hour } from '../../dataset/hour.js';
import type { QuarantineReason } from '../../dataset/reason.js';
import { type PlainWindow, readDecrypted } from '../decrypt/staged-form.js';
import type { UrlDictionary } from '../../dataset/urls.js';
import { type CompactedFacts, WindowCompactor } from './window-compactor.js';

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
  const table = new EntryTable();
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
    const before = table.mark();
    const compacted = compactPlain(compactor, bytes, window, table);
    if (window.context) continue;
    if (!takeHours(hours, compacted.hours, hoursMax)) {
      table.goBack(before);
      rest.push(window.raw);
      continue;
    }
    records += compacted.entries;
    for (const { reason } of compacted.refusals) quarantined[reason] = (quarantined[reason] ?? 0) + 1;
    if (compacted.newestEventMs !== null)
      newestEventMs = Math.max(newestEventMs ?? compacted.newestEventMs, compacted.newestEventMs);
  }
  writeEntryTable(table, out);
  return { records, quarantined, newestEventMs, rest };
}

/** A window of the decrypted form, which `bytes` hold. */
export function compactPlain(
  compactor: WindowCompactor,
  bytes: Buffer,
  { raw, context, records, refusals, at }: PlainWindow,
  table: EntryTable,
  only?: Hour,
): CompactedFacts {
  compactor.begin(raw, table, only);
  let from = at;
  for (const [index, id, key, size] of records) {
    compactor.add(bytes, from, from + size, index, id, key);
    from += size;
  }
  return compactor.finish(refusals, context);
}

/** Adds the hours of a further answer to those of a batch; false, and nothing done, where that had too many then. It takes one answer whatever that holds. */
export function takeHours(hours: Set<Hour>, further: readonly Hour[], hoursMax: number): boolean {
  const before = hours.size;
  const added = further.filter((hour) => !hours.has(hour));
  if (before > 0 && before + added.length > hoursMax) return false;
  for (const hour of added) hours.add(hour);
  return true;
}
