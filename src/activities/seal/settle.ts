import { decodeDraft, type DraftLedger, type StaleConflict } from './draft.js';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { putDefinition } from '../../lake/definitions.js';
import { ledgerKey, quarantineKey } from '../../lake/keys.js';
import { encodeLedger, type Ledger, type LedgerObject } from '../../lake/ledger.js';
import { addConflicts } from '../../lake/quarantine-entry.js';
import type { QuarantineEntry } from '../../dataset/reason.js';
import { LIMITS } from '../../limits.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { unstage } from '../staging.js';
import { hoursToRecheck, type Recheck } from './recheck.js';
import { currentPulse } from '../pulse.js';
import { refusalsOf, rewriteQuarantine } from '../upload/quarantine.js';
import type { Ref, Scratch } from '../ref.js';
import type { LedgerSummary } from './ledger-summary.js';
import type { PlacedObject, UploadResult } from '../upload/activity.js';
import type { Hour } from '../../dataset/hour.js';

export interface SettleInput extends Scratch {
  readonly hour: Hour;
  readonly draft: Ref;
  readonly object: UploadResult['object'];
  readonly parquet?: PlacedObject;
  /** ISO time; from the workflow's clock, so that a retry writes the same ledger. */
  readonly sealedAt: string;
}

export interface SettleResult {
  /** null when there was nothing to seal. */
  readonly ledger: LedgerSummary | null;
  /** Hours whose missing ids this seal may have changed. */
  readonly recheck: readonly Recheck[];
  /** There is a catalogue to tell of the hour. */
  readonly register?: true;
}

/** Writes the ledger; only then removes what was merged. */
export type Settle = (input: SettleInput) => Promise<SettleResult>;

/** The order matters: conflicts, definition, ledger, and only then the segments are removed. */
export const createSettle =
  (deps: ActivityDeps): Settle =>
  async ({ dataset, hour, draft: ref, object, parquet, sealedAt }) => {
    const { storage, catalog } = deps;
    const pulse = currentPulse();
    const draft = decodeDraft((await unstage(storage, ref)).toString('utf8'));
    await storeConflicts(deps, dataset, draft.conflicts, draft.requarantine ?? []);
    pulse.beat();
    await putDefinition(storage, dataset, deps.form);
    let ledger: Ledger | null = null;
    if (draft.ledger) {
      ledger = finish(draft.ledger, object, parquet, sealedAt);
      await putLedger(storage, ledgerKey(dataset, hour), ledger, draft.replaces);
    }
    await removeStale(deps, dataset, draft.staleConflicts ?? []);
    pulse.beat();
    await storage.delete([...draft.segments, ...(draft.stale ?? [])]);
    return {
      ledger: ledger && summaryOf(ledger),
      recheck: ledger ? await hoursToRecheck(storage, ledger, draft) : [],
      ...(catalog ? { register: true } : {}),
    };
  };

/** `again`: answers whose other refusals have been lost from quarantine, too. */
async function storeConflicts(
  deps: ActivityDeps,
  dataset: string,
  conflicts: readonly QuarantineEntry[],
  again: readonly string[],
): Promise<void> {
  const byRaw = new Map<string, QuarantineEntry[]>(again.map((raw) => [raw, []]));
  for (const entry of conflicts) byRaw.set(entry.raw, [...(byRaw.get(entry.raw) ?? []), entry]);
  const lost = new Set(again);
  for (const [raw, entries] of byRaw) {
    const fromRaw = (): Promise<QuarantineEntry[]> => refusalsOf(deps, dataset, raw);
    const added = lost.has(raw) ? addConflicts(await fromRaw(), entries) : entries;
    const key = quarantineKey(dataset, raw);
    await rewriteQuarantine(deps.storage, key, (stored) => addConflicts(stored, added), fromRaw);
  }
}

/** Removes stale conflicts from quarantine, once the ledger that no longer counts them is written. */
async function removeStale(
  { storage, ...deps }: ActivityDeps,
  dataset: string,
  stale: readonly StaleConflict[],
): Promise<void> {
  const byRaw = new Map<string, Set<number>>();
  for (const { raw, index } of stale) byRaw.set(raw, (byRaw.get(raw) ?? new Set()).add(index));
  for (const [raw, indexes] of byRaw) {
    const isStale = ({ reason, index }: QuarantineEntry): boolean =>
      reason === 'conflicting-duplicate' && indexes.has(index);
    await rewriteQuarantine(
      storage,
      quarantineKey(dataset, raw),
      (stored) => stored.filter((entry) => !isStale(entry)),
      () => refusalsOf({ storage, ...deps }, dataset, raw),
    );
  }
}

function finish(
  draft: DraftLedger,
  uploaded: UploadResult['object'],
  uploadedParquet: PlacedObject | undefined,
  sealedAt: string,
): Ledger {
  const { keeps, keepsParquet, ...rest } = draft;
  const object = uploaded ? ledgerObject(uploaded) : keeps;
  const parquet = uploadedParquet ? ledgerObject(uploadedParquet) : keepsParquet;
  // Written out, so that every ledger has its fields in the same order.
  return {
    dataset: rest.dataset,
    hour: rest.hour,
    revision: rest.revision,
    sealedAt: rest.sealedAt ?? sealedAt,
    code: rest.code,
    definition: rest.definition,
    contiguous: rest.contiguous,
    seen: rest.seen,
    landed: rest.landed,
    duplicates: rest.duplicates,
    quarantined: rest.quarantined,
    erased: rest.erased,
    late: rest.late,
    ids: rest.ids,
    complete: rest.complete,
    object,
    ...(parquet ? { parquet } : {}),
    sizes: { ...rest.sizes, gzip: object?.bytes ?? 0 },
    keys: rest.keys,
    raw: rest.raw,
  };
}

const ledgerObject = ({ key, etag, ref }: PlacedObject): LedgerObject => ({
  key,
  bytes: ref.bytes,
  sha256: ref.sha256,
  etag,
  rows: ref.records,
});

async function putLedger(
  storage: Storage,
  key: string,
  ledger: Ledger,
  replaces: string | null,
): Promise<void> {
  const bytes = Buffer.from(encodeLedger(ledger));
  if (bytes.length > LIMITS.wholeBytesMax) throw ledgerTooLarge(key, ledger, bytes.length);
  try {
    await storage.put(
      key,
      bytes,
      replaces === null ? { kind: 'absent' } : { kind: 'matches', etag: replaces },
    );
    return;
  } catch (error) {
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
  const now = await storage.get(key).catch(() => undefined);
  if (now?.body.equals(bytes)) return;
  throw new FernlakeError(
    'LedgerConflict',
    'terminal',
    `${key} was changed by another seal: the hour is merged again`,
    {
      details: {
        key,
        expectedEtag: replaces ?? 'none',
      },
    },
  );
}

/** A larger ledger could not be read again. */
const ledgerTooLarge = (key: string, { hour, raw, ids }: Ledger, bytes: number): FernlakeError =>
  new FernlakeError(
    'LimitExceeded',
    'terminal',
    `the ledger of ${hour} would have ${bytes} bytes, over ${LIMITS.wholeBytesMax}: ${raw.length} answers show records of it, and its missing ids are ${ids.missing.length} ranges`,
    { details: { key, bytes } },
  );

function summaryOf(ledger: Ledger): LedgerSummary {
  const { hour, revision, seen, landed, duplicates, quarantined, late, complete, object, sizes, ids, raw } =
    ledger;
  return {
    hour,
    revision,
    seen,
    landed,
    duplicates,
    quarantined,
    late,
    complete,
    object,
    sizes,
    missingCount: ids.missingCount,
    firstId: typeof ids.first === 'number' ? ids.first : null,
    lastId: typeof ids.last === 'number' ? ids.last : null,
    raws: raw.length,
  };
}
