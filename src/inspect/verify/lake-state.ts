import { readSegments } from '../../lake/segments.js';
import { readLedger } from '../../lake/ledgers.js';
import { ledgerHourAt, rawNameAt, segmentHourAt } from '../../lake/names.js';
import { isFernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { ledgerPrefix, segmentsPrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Storage } from '../../storage/port.js';
import type { Finding } from './findings.js';

type OnFinding = (finding: Finding) => void;

/** Every ledger of the dataset; what cannot be read, is of another hour, or is none, is a finding. */
export async function readLedgers(
  storage: Storage,
  dataset: string,
  onFinding: OnFinding,
): Promise<Ledger[]> {
  const ledgers: Ledger[] = [];
  for await (const key of storage.keys(ledgerPrefix(dataset))) {
    const hour = ledgerHourAt(dataset, key);
    if (hour === undefined) {
      onFinding({ where: key, what: 'does not belong among the ledgers' });
      continue;
    }
    const found = await readLedger(storage, dataset, hour);
    if (found.kind === 'read') ledgers.push(found.value.ledger);
    else if (found.kind === 'damaged')
      onFinding({ where: key, what: `cannot be read as a ledger: ${found.why}` });
  }
  return ledgers;
}

/** The answers that a ledger names. */
export function rawNamesIn(
  { dataset, hour, raw }: Ledger,
  onFinding: (finding: Finding) => unknown,
): Set<string> {
  const names = new Set<string>();
  for (const key of raw) {
    const name = rawNameAt(dataset, key);
    if (name === undefined)
      onFinding({ where: hour, what: `the ledger names ${key}, which is no key of an answer` });
    else names.add(name);
  }
  return names;
}

/** The raw names in the unsealed segments of each hour, and the ids of the keys that opened what is in them. */
export async function readOpenRaws(
  storage: Storage,
  dataset: string,
  onFinding: OnFinding,
): Promise<{ raws: Map<Hour, Set<string>>; keys: string[] }> {
  const hours = new Set<Hour>();
  for await (const key of storage.keys(segmentsPrefix(dataset))) {
    const hour = segmentHourAt(dataset, key);
    if (hour) hours.add(hour);
    else onFinding({ where: key, what: 'is no segment of an hour' });
  }
  const open = new Map<Hour, Set<string>>();
  const keys = new Set<string>();
  for (const hour of hours) {
    try {
      const { whole, damaged } = await readSegments(storage, dataset, hour);
      open.set(hour, new Set(whole.flatMap(({ header }) => header.raws)));
      for (const { header } of whole) for (const key of header.keys) keys.add(key);
      for (const { key, why } of damaged) onFinding({ where: key, what: `is damaged: ${why}` });
    } catch (error) {
      // One of them is sealed and gone since it was listed: its answers then count as not carried.
      if (!isFernlakeError(error, 'ObjectNotFound')) throw error;
    }
  }
  return { raws: open, keys: [...keys] };
}
