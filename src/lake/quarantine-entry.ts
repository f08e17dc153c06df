import type { QuarantineEntry, QuarantineReason } from '../dataset/reason.js';

/** What the seal found, added to what stands; ascending by position. */
export function addConflicts(
  stored: readonly QuarantineEntry[],
  conflicts: readonly QuarantineEntry[],
): QuarantineEntry[] {
  const byIndex = new Map(stored.map((entry) => [entry.index, entry]));
  for (const entry of conflicts) byIndex.set(entry.index, entry);
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

/**
 * An answer's refusals as they are now, in place of those that stand: what can land by now leaves quarantine. What the
 * seal found (`conflicting-duplicate`) is not the carrier's to judge, and stays.
 */
export function replaceRefusals(
  stored: readonly QuarantineEntry[],
  refusals: readonly QuarantineEntry[],
): QuarantineEntry[] {
  return addConflicts(
    stored.filter((entry) => entry.reason === 'conflicting-duplicate'),
    refusals,
  );
}

/** How many of `after` are not in `before`, by reason: what a rewrite adds. An appearance that is refused for another reason now is new. */
export function addedReasons(
  before: readonly QuarantineEntry[],
  after: readonly QuarantineEntry[],
): Partial<Record<QuarantineReason, number>> {
  const known = new Set(before.map(({ index, reason }) => `${index} ${reason}`));
  const added: Partial<Record<QuarantineReason, number>> = {};
  for (const { index, reason } of after)
    if (!known.has(`${index} ${reason}`)) added[reason] = (added[reason] ?? 0) + 1;
  return added;
}

/** As NDJSON, one entry a line. */
export function encodeQuarantine(entries: readonly QuarantineEntry[]): string {
  return entries.map((e) => `${jsonOf(inOrder(e))}\n`).join('');
}

/** An envelope that is nested too deep to be written stays in the archive alone. */
function jsonOf(entry: QuarantineEntry): string {
  try {
    return JSON.stringify(entry);
  } catch (error) {
    if (error instanceof RangeError) return JSON.stringify({ ...entry, envelope: null });
    throw error;
  }
}

/** Throws SyntaxError for what is no quarantine object. */
export function decodeQuarantine(text: string): QuarantineEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const entry = JSON.parse(line) as Partial<QuarantineEntry> | null;
      if (
        typeof entry?.reason !== 'string' ||
        typeof entry.raw !== 'string' ||
        !Number.isSafeInteger(entry.index)
      )
        throw new SyntaxError('not a quarantine object: a line is no entry');
      return entry as QuarantineEntry;
    });
}

function inOrder({ reason, detail, raw, index, envelope }: QuarantineEntry): QuarantineEntry {
  return { reason, detail, raw, index, envelope };
}
