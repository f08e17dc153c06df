import type { DraftLedger } from './draft.js';
import type { Ledger } from '../../lake/ledger.js';

/**
 * Whether the archive gives the sealed ledger again, in everything that can be computed from it. The missing
 * ids are compared elsewhere.
 */
export function isAsSealed(sealed: Ledger, drafted: DraftLedger): boolean {
  if (!drafted.keeps && sealed.object) return false;
  return canonical(tellable(sealed)) === canonical(tellable(drafted));
}

function tellable(ledger: Ledger | DraftLedger): unknown[] {
  const { definition, seen, landed, duplicates, quarantined, ids, complete, sizes, keys, raw } = ledger;
  const { json, compact } = sizes;
  return [
    definition,
    seen,
    landed,
    duplicates,
    sorted(quarantined),
    ids.first,
    ids.last,
    complete,
    json,
    compact,
    sorted(keys),
    raw,
  ];
}

const sorted = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));

const canonical = (value: unknown): string => JSON.stringify(value);
