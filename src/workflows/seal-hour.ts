import {
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { LedgerSummary } from '../activities/seal/ledger-summary.js';
import type { MergeResult } from '../activities/seal/merge-types.js';
import type { SettleResult } from '../activities/seal/settle.js';
import { hourEndMs } from '../dataset/hour.js';
import { stagingPrefix } from '../lake/keys.js';
import { show } from './attributes.js';
import { carryForgotten } from './carry-forgotten.js';
import { codeOf, reasonOf } from './failures.js';
import {
  advance,
  type SealInput,
  sealNow,
  type SealResult,
  sealStatus,
  type SealStatus,
} from './messages.js';
import { takesNothing } from './gate.js';
import { sealSettings, startOrNudge } from './nudge.js';
import { FORGOTTEN_LOOKS_MAX, RESTARTS_MAX, SCRATCH_LIFE_MS, TIMEOUTS, WAIT_MS_MAX } from './timeouts.js';

const { merge, gzip, upload, settle } = proxyActivities<Activities>(TIMEOUTS.seal);
const { register } = proxyActivities<Activities>(TIMEOUTS.register);
const { sweep } = proxyActivities<Activities>(TIMEOUTS.sweep);

/**
 * Seals one event hour: waits until it is over, merges its segments into one object, writes the ledger, and only then
 * removes the segments. Records that come later start it again under the same id, and the next revision is written.
 */
export async function sealHour(input: SealInput): Promise<SealResult> {
  const { dataset, hour, latenessMs, idleMs, searchAttributes } = input;
  const dueMs = hourEndMs(hour) + latenessMs;
  let watermarkMs = input.watermarkMs ?? Number.NEGATIVE_INFINITY;
  let lastSegmentMs = Date.now();
  let nudges = 0;
  let forced = input.now ?? false;
  let rebuild = input.rebuild ?? false;
  const told = new Set(input.told);
  let state: SealStatus['state'] = 'open';
  let seals = 0;
  let ledger: LedgerSummary | null = null;

  // Synchronous handlers: nothing can come between a nudge and its being counted.
  setHandler(
    advance,
    (message) => {
      nudges += 1;
      watermarkMs = Math.max(watermarkMs, message.watermarkMs ?? watermarkMs);
      if (message.segments) lastSegmentMs = Date.now();
      if (message.now) forced = true;
      if (message.rebuild) rebuild = true;
      for (const raw of message.told ?? []) told.add(raw);
    },
    { description: 'New segments of this hour, or a newer watermark. The poller sends it.' },
  );
  setHandler(
    sealNow,
    () => {
      nudges += 1;
      forced = true;
    },
    {
      validator: takesNothing,
      description: 'Seal this hour now, without waiting for its end. Later records reopen it.',
    },
  );
  const closesAtMs = (): number => Math.max(dueMs, lastSegmentMs + idleMs);
  setHandler(
    sealStatus,
    () => ({
      hour,
      state,
      watermarkMs: Number.isFinite(watermarkMs) ? watermarkMs : null,
      closesAtMs: closesAtMs(),
      seals,
    }),
    { description: 'What the seal waits for, and until when.' },
  );

  show(searchAttributes, { dataset, hour, state });
  for (;;) {
    const known = nudges;
    while (!forced && watermarkMs < dueMs && Date.now() < closesAtMs()) {
      setCurrentDetails(
        `Open. Closes when a record later than ${timeOf(dueMs)} arrives, or at ${timeOf(closesAtMs())} if the source stays quiet. ` +
          'The update `sealNow` closes it at once.',
      );
      const before = nudges;
      await condition(
        () => forced || watermarkMs >= dueMs || nudges !== before,
        Math.min(Math.max(1, closesAtMs() - Date.now()), WAIT_MS_MAX),
        { summary: `wait for a record later than ${timeOf(dueMs)}, or until ${timeOf(closesAtMs())}` },
      );
    }
    // An hour that an operator closes early must hold everything archived by then.
    const accountThroughMs = Math.min(Date.now(), forced ? Number.POSITIVE_INFINITY : dueMs);
    forced = false;
    state = 'sealing';
    setCurrentDetails('Sealing.');
    show(searchAttributes, { state });
    const before = nudges;
    const fromArchive = rebuild;
    rebuild = false;
    const toldOf = [...told].sort();
    told.clear();
    const settled = await sealOnce(input, {
      seals,
      rebuild: fromArchive,
      told: toldOf,
      accountThroughMs,
      watermarkMs: Number.isFinite(watermarkMs) ? watermarkMs : null,
    });
    seals += 1;
    ledger = settled.ledger ?? ledger;
    state = 'sealed';
    setCurrentDetails(describe(ledger));
    show(searchAttributes, { state, ...(ledger ? found(ledger) : {}) });
    for (const other of settled.recheck) {
      await startOrNudge(sealSettings(input, other.hour), {
        watermarkMs: null,
        segments: false,
        ...(other.now ? { now: true, rebuild: true } : {}),
        ...(other.told.length > 0 ? { told: other.told } : {}),
      });
    }
    // `settle` says whether there is a catalogue; a workflow sees no settings.
    if (settled.register) {
      await register.executeWithOptions({ summary: `tell the catalogue of ${hour}` }, [{ dataset, hour }]);
    }
    // Nothing is awaited from here to the return: a nudge either was counted or starts the next run.
    if (nudges === before) return { ledger, seals };
    if (workflowInfo().continueAsNewSuggested || known > 10_000) {
      await continueAsNew<typeof sealHour>({
        ...input,
        watermarkMs: Number.isFinite(watermarkMs) ? watermarkMs : null,
        now: forced,
        rebuild,
        told: [...told].sort(),
      });
    }
  }
}

interface SealOnce {
  readonly seals: number;
  readonly rebuild: boolean;
  readonly told: readonly string[];
  /** As in MergeInput. */
  readonly accountThroughMs: number;
  readonly watermarkMs: number | null;
}

/** merge -> gzip -> upload -> settle; from the start again where scratch is gone or another seal was faster. */
async function sealOnce(
  input: SealInput,
  { seals, rebuild, told, accountThroughMs, watermarkMs }: SealOnce,
): Promise<SettleResult> {
  const { dataset, hour, contiguousIds } = input;
  const run = stagingPrefix(dataset, `seal-${hour}-${workflowInfo().runId}`);
  for (let attempt = 1; ; attempt += 1) {
    const scratch = { dataset, staging: `${run}${seals}-${attempt}/` };
    try {
      const mergeAll = (account: object): Promise<MergeResult> =>
        merge.executeWithOptions({ summary: `merge the segments of ${hour}` }, [
          {
            ...{ ...scratch, hour, contiguousIds },
            ...(rebuild ? { rebuild } : {}),
            ...(told.length > 0 ? { told } : {}),
            ...account,
          },
        ]);
      let merged = await mergeAll({ accountThroughMs });
      for (let look = 1; merged.forgotten; look += 1) {
        await carryForgotten(input, watermarkMs, merged.forgotten);
        merged = await mergeAll(look < FORGOTTEN_LOOKS_MAX ? { accountThroughMs } : {});
      }
      const placed = merged.rows.length > 0 ? await place(scratch, merged.rows, merged.landed) : null;
      const settled = await settle.executeWithOptions(
        {
          summary: merged.outcome === 'sealed' ? `ledger of ${hour}, revision ${merged.revision}` : 'tidy up',
        },
        [
          {
            ...scratch,
            hour,
            draft: merged.draft,
            object: placed?.object ?? null,
            ...(placed?.parquet ? { parquet: placed.parquet } : {}),
            sealedAt: new Date(Date.now()).toISOString(),
          },
        ],
      );
      if (merged.rebuilt && !rebuild)
        log.warn('the hour was rebuilt from the archive', { hour, revision: merged.revision });
      // Once an hour is enough to look for uploads that a dead worker left.
      await sweep.executeWithOptions({ summary: 'remove the scratch' }, [
        { dataset, staging: run, olderThanMs: SCRATCH_LIFE_MS, uploads: true },
      ]);
      return settled;
    } catch (error) {
      const code = codeOf(error);
      if ((code !== 'StagedBlobGone' && code !== 'LedgerConflict') || attempt === RESTARTS_MAX) throw error;
      log.warn('the hour is merged again', { hour, attempt, why: reasonOf(error) });
    }
  }
}

async function place(
  scratch: { dataset: string; staging: string },
  rows: MergeResult['rows'],
  count: number,
) {
  const packed = await gzip.executeWithOptions({ summary: `gzip ${count} rows` }, [{ ...scratch, rows }]);
  return await upload.executeWithOptions({ summary: `upload ${count} rows as one object` }, [
    { dataset: scratch.dataset, ...packed },
  ]);
}

/** `2023-04-20 14:05:00 UTC` */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const found = ({ landed: records, missingCount: missing, revision }: LedgerSummary) => ({
  records,
  missing,
  revision,
});

function describe(ledger: LedgerSummary | null): string {
  if (!ledger) return 'Nothing to seal.';
  const { landed, duplicates, missingCount, revision } = ledger;
  return `Sealed, revision ${revision}: ${landed} rows, ${duplicates} duplicates dropped, ${missingCount} ids missing.`;
}
