import { type Ledger, quarantinedTotal } from '../../lake/ledger.js';
import type { Metrics } from './metrics.js';

/**
 * Counts what a ledger adds to the one before it. A counter never goes back, so what an hour has less of is
 * not subtracted.
 */
export async function countSeal(
  metrics: Metrics,
  before: Ledger | 'none',
  readNow: () => Promise<Ledger | undefined>,
): Promise<void> {
  const now = await readNow().catch(() => undefined);
  const was = before === 'none' ? undefined : before;
  if (!now || (was && was.revision > now.revision)) return;
  const more = (of: (ledger: Ledger) => number): number => Math.max(0, of(now) - (was ? of(was) : 0));
  // Repeats of a source that stands still are counted in the ledger alone, at the same revision.
  if (was?.revision !== now.revision) metrics.seals.inc();
  metrics.seen.inc(
    more(({ landed, duplicates, quarantined }) => landed + duplicates + quarantinedTotal(quarantined)),
  );
  metrics.landed.inc(more(({ landed }) => landed));
  metrics.duplicates.inc(more(({ duplicates }) => duplicates));
  metrics.late.inc(more(({ late }) => late));
  metrics.missing.inc(more(({ ids }) => ids.missingCount));
  // All other reasons are counted where they are put into quarantine, with the records that have no hour among them.
  const reason = 'conflicting-duplicate';
  metrics.quarantined.inc(
    { reason },
    more(({ quarantined }) => quarantined[reason] ?? 0),
  );
  for (const form of ['json', 'compact', 'gzip'] as const)
    metrics.bytes.inc(
      { form },
      more(({ sizes }) => sizes[form]),
    );
}
