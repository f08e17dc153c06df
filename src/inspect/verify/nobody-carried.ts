import { setTimeout as sleep } from 'node:timers/promises';
import type { Hour } from '../../dataset/hour.js';
import { arrivalMs, quarantineKey, rawKey } from '../../lake/keys.js';
import { namesInLedger } from '../../lake/ledgers.js';
import { namesInSegments } from '../../lake/segments.js';
import type { Storage } from '../../storage/port.js';
import type { Finding } from './findings.js';

/** What a batch has begun to carry stands in the lake a moment later; a slow machine takes some seconds. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 500;
/**
 * An answer later than all that were carried may wait for its slot's end; after this time nobody is about to
 * carry it.
 */
export const WAITS_MAX_MS = 60 * 60_000;
/** Answers named one by one; of the others their number. */
const NAMED_MAX = 20;

/**
 * Answers with records that stand in no ledger, segment or quarantine object. Answers are carried in the
 * order of their arrival: so one that arrived before a carried one, or has waited for an hour, will be
 * carried by nobody. The others wait for the end of their slot.
 */
export class NobodyCarried {
  /** Hours that the answer shows and that know nothing of it; null: its records have no hour. */
  private readonly waiting = new Map<string, Set<Hour | null>>();
  private newest = '';

  carried(name: string): void {
    if (name > this.newest) this.newest = name;
  }

  uncarried(name: string, hour: Hour | null): void {
    const hours = this.waiting.get(name) ?? new Set();
    this.waiting.set(name, hours.add(hour));
  }

  /** Those that nobody is about to carry. Whatever was carried since the lake was read is looked at once more. */
  async findings(storage: Storage, dataset: string, nowMs: number): Promise<Finding[]> {
    const isOverdue = (name: string): boolean => name < this.newest || nowMs - arrivalMs(name) > WAITS_MAX_MS;
    let left = [...this.waiting].filter(([name]) => isOverdue(name));
    const untilMs = performance.now() + PATIENCE_MS;
    while (left.length > 0) {
      left = await stillWaiting(storage, dataset, left);
      // Long overdue: nobody has begun with it just now.
      const recent = left.filter(([name]) => nowMs - arrivalMs(name) <= WAITS_MAX_MS);
      if (recent.length === 0 || performance.now() >= untilMs) break;
      await sleep(LOOK_EVERY_MS);
    }
    const names = left.map(([name]) => name).sort();
    const what = 'nobody has carried it, and nobody is about to: npx fernlake reprocess does';
    const findings = names.slice(0, NAMED_MAX).map((name) => ({ where: rawKey(dataset, name), what }));
    const more = names.length - findings.length;
    return more > 0 ? [...findings, { where: storage.uri, what: `${more} more answers: ${what}` }] : findings;
  }
}

type Waiting = readonly [string, ReadonlySet<Hour | null>];

async function stillWaiting(
  storage: Storage,
  dataset: string,
  answers: readonly Waiting[],
): Promise<[string, Set<Hour | null>][]> {
  const hours = new Set(answers.flatMap(([, of]) => [...of]));
  const known = new Map<Hour, Set<string>>();
  for (const hour of hours) if (hour !== null) known.set(hour, await namesIn(storage, dataset, hour));
  const left: [string, Set<Hour | null>][] = [];
  for (const [name, of] of answers) {
    const still = new Set<Hour | null>();
    for (const hour of of) {
      const carried =
        hour === null ? await storage.head(quarantineKey(dataset, name)) : known.get(hour)?.has(name);
      if (!carried) still.add(hour);
    }
    if (still.size > 0) left.push([name, still]);
  }
  return left;
}

/** Segments first: an hour's ledger is written before they go. */
async function namesIn(storage: Storage, dataset: string, hour: Hour): Promise<Set<string>> {
  const open = await namesInSegments(storage, dataset, hour);
  return new Set([...open, ...(await namesInLedger(storage, dataset, hour))]);
}
