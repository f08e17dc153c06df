import type { Beside, Draft } from './draft.js';
import type { Hour } from '../../dataset/hour.js';
import { type IdRange, normalizeRanges, shareIds, subtractRanges } from '../../lake/id-ranges.js';
import { stagingPrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Storage } from '../../storage/port.js';
import { valueOf } from '../../lake/outcome.js';
import { readLedger } from '../../lake/ledgers.js';
import { besideInTime } from './missing.js';
import { currentPulse } from '../pulse.js';

export interface Recheck {
  readonly hour: Hour;
  /** True: the hour is sealed and must be computed again now. False: it is only told of the answers. */
  readonly now: boolean;
  /** Raw names of answers that it may not find by itself. */
  readonly told: readonly string[];
}

/** A seal takes no longer than this from its look at the archive to its ledger, or it is begun again. */
const SEAL_MS = 15 * 60_000;

/**
 * The hours to compute again now that this ledger stands: those charged with ids that came to it or are
 * charged to it, and those that lack what is missing right above its ids. Computed after the ledger is
 * written, so that of two seals side by side the later one sees the ledger of the earlier.
 */
export async function hoursToRecheck(
  storage: Storage,
  ledger: Ledger,
  { ids, beside }: Pick<Draft, 'ids' | 'beside'>,
): Promise<Recheck[]> {
  const taken = normalizeRanges([...ids, ...ledger.ids.missing]);
  const looked = new Set(beside.map(({ hour }) => hour));
  const inTime = besideInTime(ledger.hour).filter(({ hour }) => !looked.has(hour));
  const found: Recheck[] = [];
  for (const other of [...beside, ...inTime]) {
    const now = await isToRecheck(storage, ledger, taken, other, looked.has(other.hour));
    if (now !== undefined) found.push({ hour: other.hour, now, told: other.raws });
  }
  return found;
}

/** Whether it is to be computed again now, or only to be told of the answers; undefined: neither. */
async function isToRecheck(
  storage: Storage,
  { dataset, contiguous, sealedAt }: Ledger,
  taken: readonly IdRange[],
  { hour, missing, arrivedMs, raws }: Beside,
  isCharged: boolean,
): Promise<boolean | undefined> {
  const found = await readLedger(storage, dataset, hour);
  // A torn hour beside this one is rebuilt.
  if (found.kind === 'damaged') {
    currentPulse().warn('a ledger is damaged: its hour is made anew', { ...found });
    return true;
  }
  if (!isCharged) return undefined;
  const other = valueOf(found)?.ledger;
  if (other?.contiguous === contiguous) {
    const charged = other.ids.missing;
    if (shareIds(charged, taken) || subtractRanges(missing, charged).length > 0) return true;
  }
  // Its seal may have looked at the archive before this answer arrived, and write its ledger after this
  // check.
  const isNew = arrivedMs !== null && arrivedMs > Date.parse(sealedAt) - SEAL_MS;
  if (isNew && (await isBeingSealed(storage, dataset, hour))) return true;
  return !other && raws.length > 0 ? false : undefined;
}

async function isBeingSealed(storage: Storage, dataset: string, hour: Hour): Promise<boolean> {
  const prefix = stagingPrefix(dataset, `seal-${hour}-`).slice(0, -1);
  for await (const key of storage.keys(prefix)) return key !== '';
  return false;
}
