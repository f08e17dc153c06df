import type { ActivityDeps } from '../activities/deps.js';
import { createListSealed } from '../activities/find-raws.js';
import { readHour } from '../activities/hour-files.js';
import { rebuildHour } from '../activities/rebuild-hour.js';
import type { Hour } from '../domain/hour.js';
import { recordIdOf } from '../domain/merge-hour.js';
import { countDifferences } from './audit-hour.js';

export interface HourDiff {
  readonly hour: Hour;
  readonly changed: boolean;
  readonly rows: { readonly added: number; readonly removed: number; readonly changed: number };
  /** What the ledger would say otherwise, in words. */
  readonly ledger: readonly string[];
}

/** What `reprocess` would make of each sealed hour in the range (both ends included), with the keys and rules of today. */
export async function* diffHours(
  deps: Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>,
  dataset: string,
  from: Hour | null,
  to: Hour | null,
): AsyncGenerator<HourDiff> {
  const list = createListSealed(deps);
  for (const hour of await list({ dataset, from, to })) {
    const state = await readHour(deps.storage, dataset, hour);
    const stored = state.ledger?.ledger;
    if (!stored) continue;
    const merged = await rebuildHour(deps, dataset, hour, state, []);
    const rows = diffRows(state.sealed?.rows ?? [], merged.rows);
    const ledger = countDifferences(stored, merged);
    const changed = state.state === 'torn' || ledger.length + rows.added + rows.removed + rows.changed > 0;
    yield { hour, changed, rows, ledger };
  }
}

function diffRows(before: readonly string[], after: readonly string[]): HourDiff['rows'] {
  const old = new Map(before.map((row) => [recordIdOf(row), row]));
  let added = 0;
  let changed = 0;
  for (const row of after) {
    const id = recordIdOf(row);
    const was = old.get(id);
    if (was === undefined) added += 1;
    else if (was !== row) changed += 1;
    old.delete(id);
  }
  return { added, removed: old.size, changed };
}
