import { type Hour, hourOf } from '../../dataset/hour.js';
import { quarantineHourPrefix } from '../../lake/keys.js';
import type { Damaged } from '../../lake/outcome.js';
import type { Ledger } from '../../lake/ledger.js';
import { readLakeName } from '../../lake/stored-identity.js';
import {
  countLedgers,
  eachQuarantined,
  type LakeCounts,
  QuarantineTally,
  readAllLedgers,
  readLedgersOf,
} from '../../lake/counts.js';
import type { Storage } from '../../storage/port.js';
import { newestHours } from '../../lake/newest-ledgers.js';

export interface LakeState {
  readonly uri: string;
  /** Of its lake.json; null: nobody has written to it yet. */
  readonly id: string | null;
  /** The newest sealed hours, ascending. */
  readonly hours: readonly Pick<Ledger, 'hour' | 'revision' | 'landed' | 'complete' | 'sealedAt'>[];
  /** Whether the figures are of the whole lake; else of the newest day of sealed hours, and of what went into quarantine in the last day. */
  readonly all: boolean;
  readonly counts: LakeCounts;
  /** Of the hours counted, those with missing ids, ascending. */
  readonly missing: readonly { readonly hour: Hour; readonly missingCount: number }[];
  /** Ledgers and quarantine objects that cannot be read, and are in no figure. */
  readonly damaged: readonly Damaged[];
  /** Where there were more quarantine objects than are read for a glance. */
  readonly quarantineCut: boolean;
}

const GLANCE_HOURS = 24;
const QUARANTINE_MAX = 200;
const DAY_MS = 86_400_000;

/** A glance reads the newest day of ledgers, whatever the lake's age; `all` reads every ledger, and all of quarantine. */
export async function readLakeState(
  storage: Storage,
  dataset: string,
  all: boolean,
  nowMs: number,
): Promise<LakeState> {
  const { ledgers, unreadable } = all
    ? await readAllLedgers(storage, dataset)
    : await readLedgersOf(storage, dataset, await newestHours(storage, dataset, GLANCE_HOURS, nowMs));
  const tally = new QuarantineTally();
  const range = {
    startAfter: quarantineHourPrefix(dataset, hourOf(nowMs - DAY_MS)),
    objectsMax: QUARANTINE_MAX,
  };
  const { cut, damaged } = await eachQuarantined(
    storage,
    dataset,
    (arrival, entry) => tally.add(arrival, entry),
    all ? {} : range,
  );
  return {
    uri: storage.uri,
    id: (await readLakeName(storage))?.id ?? null,
    hours: ledgers.slice(-GLANCE_HOURS).map(({ hour, revision, landed, complete, sealedAt }) => ({
      ...{ hour, revision, landed, complete, sealedAt },
    })),
    all,
    counts: { ...countLedgers(ledgers), ...tally.counts() },
    missing: ledgers
      .filter(({ ids }) => ids.missingCount > 0)
      .map(({ hour, ids }) => ({ hour, missingCount: ids.missingCount })),
    damaged: [...unreadable, ...damaged],
    quarantineCut: cut,
  };
}
