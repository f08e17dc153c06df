import { readSegments } from '../activities/hour-files.js';
import { rawNameAt, readPacked } from '../activities/lake.js';
import { isFernlakeError } from '../domain/errors.js';
import { type Hour, hourOfPartition, parseHour } from '../domain/hour.js';
import { ledgerPrefix, segmentsPrefix } from '../domain/lake-keys.js';
import { decodeLedger, type Ledger } from '../domain/ledger.js';
import { decodeQuarantine } from '../domain/quarantine.js';
import type { QuarantineEntry } from '../domain/reason.js';
import type { Storage } from '../storage/port.js';
import type { Finding } from './findings.js';

type OnFinding = (finding: Finding) => void;

/** Every ledger of the dataset; what cannot be read, or lies under another hour, is a finding. */
export async function readLedgers(
  storage: Storage,
  dataset: string,
  onFinding: OnFinding,
): Promise<Ledger[]> {
  const ledgers: Ledger[] = [];
  for await (const key of storage.keys(ledgerPrefix(dataset))) {
    try {
      const ledger = decodeLedger((await storage.get(key)).body.toString('utf8'));
      if (!isWhole(ledger)) onFinding({ where: key, what: 'cannot be read as a ledger: it lacks fields' });
      else if (ledger.hour === hourOfPartition(key)) ledgers.push(ledger);
      else onFinding({ where: key, what: `is the ledger of another hour: ${ledger.hour}` });
    } catch {
      onFinding({ where: key, what: 'cannot be read as a ledger' });
    }
  }
  return ledgers;
}

/** Whether everything is there that an audit looks at; what it says is another matter. */
function isWhole(ledger: Partial<Ledger>): boolean {
  const { seen, landed, duplicates, late, quarantined, keys, ids, sizes, object, raw } = ledger;
  return (
    [seen, landed, duplicates, late].every(Number.isSafeInteger) &&
    [quarantined, keys, ids, sizes].every((part) => typeof part === 'object' && part !== null) &&
    Array.isArray(ids?.missing) &&
    typeof object === 'object' &&
    raw?.every((key) => typeof key === 'string') === true
  );
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

/** The raw names in the unsealed segments of each hour. */
export async function readOpenRaws(
  storage: Storage,
  dataset: string,
  onFinding: OnFinding,
): Promise<Map<Hour, Set<string>>> {
  const prefix = segmentsPrefix(dataset);
  const hours = new Set<Hour>();
  for await (const key of storage.keys(prefix)) {
    const hour = parseHour(key.slice(prefix.length).split('/', 1)[0] ?? '');
    if (hour) hours.add(hour);
    else onFinding({ where: key, what: 'is no segment of an hour' });
  }
  const open = new Map<Hour, Set<string>>();
  for (const hour of hours) {
    try {
      const raws = (await readSegments(storage, dataset, hour)).flatMap(({ header }) => header.raws);
      open.set(hour, new Set(raws));
    } catch (error) {
      // One of them is sealed and gone since it was listed: its answers then count as not carried.
      if (isFernlakeError(error, 'ObjectNotFound')) continue;
      if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
      onFinding({ where: hour, what: error.message });
    }
  }
  return open;
}

/** What stands in quarantine of an answer; empty where there is no such object, undefined when it cannot be read. */
export async function readQuarantine(
  storage: Storage,
  key: string,
): Promise<readonly QuarantineEntry[] | undefined> {
  try {
    return decodeQuarantine((await readPacked(storage, key))?.toString('utf8') ?? '');
  } catch (error) {
    if (error instanceof SyntaxError || isFernlakeError(error, 'LakeCorrupt')) return undefined;
    throw error;
  }
}
