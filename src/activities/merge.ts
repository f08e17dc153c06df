import type { Draft, DraftLedger } from '../domain/draft.js';
import { FernlakeError } from '../domain/errors.js';
import { ledgerIds, missesOthers, missingCandidates } from '../domain/gaps.js';
import { spellExtraFields } from '../domain/extra-fields.js';
import type { Hour } from '../domain/hour.js';
import { type IdRange, normalizeRanges, shareIds, subtractRanges } from '../domain/id-ranges.js';
import { rawKey } from '../domain/lake-keys.js';
import type { Ledger } from '../domain/ledger.js';
import type { Part } from '../domain/manifest.js';
import type { HourFacts } from '../domain/tally.js';
import type { Activities, MergeInput, MergeResult } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { withEnvelopes } from './envelopes.js';
import { findForgotten } from './forgotten.js';
import { type HourState, neighbours, readHour } from './hour-files.js';
import { readLedger } from '../lake/ledgers.js';
import { readSegments } from '../lake/segments.js';
import type { Storage } from '../storage/port.js';
import { isAsSealed } from './as-sealed.js';
import { type Made, mergeOrRebuild, nameDamaged } from './merge-or-rebuild.js';
import { currentPulse } from './pulse.js';
import { lackingInQuarantine } from './quarantine-lacks.js';
import { valueOf } from '../domain/outcome.js';
import { stage } from './staging.js';
import { reallyMissing } from './missing.js';
import { type ParquetPlan, planParquet } from './parquet.js';
import type { StagedMerge } from './stage-merge.js';
import { stageStream } from './streams.js';
import { inTurn } from './turns.js';

export const createMerge =
  (deps: ActivityDeps): Activities['merge'] =>
  (input) =>
    inTurn(() => mergeHour(deps, input));

async function mergeHour(deps: ActivityDeps, input: MergeInput): Promise<MergeResult> {
  const { storage } = deps;
  const { dataset, hour, staging } = input;
  const found = await readSegments(storage, dataset, hour);
  const state = await readHour(storage, dataset, hour);
  const { accountThroughMs: throughMs } = input;
  if (throughMs !== undefined && !state.ledger) {
    const forgotten = await findForgotten(deps, { dataset, hour, throughMs }, found.whole);
    if (forgotten.length > 0) return { ...(await nothing(deps, input, {})), forgotten };
  }
  if (state.state === 'open' && found.whole.length + found.damaged.length === 0)
    return await nothing(deps, input, {});
  const made = await mergeOrRebuild(deps, input, state, found);
  const { facts: merged, rebuilt, sameRows, segments } = made;
  const damaged = nameDamaged(state, segments);
  // A quiet source shows the same records again and again: only the ledger counts that, the object stays.
  const prior = state.ledger?.ledger;
  const gaps = [...(prior?.ids.missing ?? []), ...segments.whole.flatMap(({ header }) => header.gaps ?? [])];
  const around = await lookAround(deps, input, merged, { sameRows, prior, gaps });
  const parquet = await planParquet(deps, input, prior, merged.landed, sameRows);
  const ledger = draftLedger({ deps, input, merged, missing: around.missing, prior, sameRows, rebuilt });
  const changed = rebuilt ? !prior || !isAsSealed(prior, ledger) : merged.added > 0;
  const tidy = {
    segments: [...segments.whole, ...segments.damaged].map(({ key }) => key),
    ...(await quarantineOf(deps, input, made)),
  };
  if (!changed && !parquet.writes && prior && sameRanges(prior.ids.missing, around.missing))
    return { ...(await nothing(deps, input, tidy)), damaged };
  const draft: Draft = {
    ...tidy,
    ledger: {
      ...ledger,
      ...(parquet.keeps ? { keepsParquet: parquet.keeps } : {}),
      ...(parquet.writes && deps.fields?.length ? { parquetFields: spellExtraFields(deps.fields) } : {}),
    },
    replaces: state.ledgerEtag,
    conflicts: await withEnvelopes(storage, dataset, merged.conflicts.map(conflictRefusal)),
    recheck: around.recheck,
    ...(parquet.stale.length > 0 ? { stale: parquet.stale } : {}),
  };
  const hasObject = !sameRows && merged.landed > 0;
  return {
    outcome: 'sealed',
    draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 1),
    manifest:
      hasObject || parquet.writes
        ? await stageParts(
            deps,
            input,
            made,
            hasObject ? { replaces: state.objectEtag } : null,
            parquet,
            state,
          )
        : null,
    revision: draft.ledger?.revision ?? 0,
    landed: merged.landed,
    rebuilt,
    damaged,
  };
}

/** What is to be put back into quarantine, of the answers that were read for a rebuilt hour. */
async function quarantineOf(
  { storage }: ActivityDeps,
  { dataset, rebuild }: MergeInput,
  { refusals, facts: { conflicts } }: Made,
): Promise<Pick<Draft, 'conflicts' | 'requarantine'>> {
  if (!rebuild) return { conflicts: [] };
  const lacking = new Set(await lackingInQuarantine(storage, dataset, refusals, conflicts));
  const lost = conflicts.filter(({ raw }) => lacking.has(raw)).map(conflictRefusal);
  return { conflicts: await withEnvelopes(storage, dataset, lost), requarantine: [...lacking] };
}

/** Which ids are missing, and which sealed hours should look again because of what is merged here. */
async function lookAround(
  { storage }: ActivityDeps,
  { dataset, hour, contiguousIds }: MergeInput,
  merged: HourFacts,
  {
    sameRows,
    prior,
    gaps,
  }: {
    readonly sameRows: boolean;
    readonly prior: Ledger | undefined;
    readonly gaps: readonly IdRange[];
  },
): Promise<{ missing: readonly IdRange[]; recheck: Hour[] }> {
  const { before, after } = await neighbours(storage, dataset, hour);
  const previous = before && (await ledgerBeside(storage, dataset, before));
  const next = after && (await ledgerBeside(storage, dataset, after));
  // Ids with holes of their own: only windows that did not overlap tell of a loss.
  const candidates = contiguousIds
    ? missingCandidates(merged.ids, previous?.ids.last ?? null)
    : subtractRanges(normalizeRanges(gaps), merged.ids);
  const missing =
    candidates.length === 0
      ? candidates
      : await reallyMissing(
          storage,
          { dataset, hour, raws: merged.raws, before, after, contiguousIds },
          candidates,
        );
  // One that cannot be read is made anew by a seal of its own, and holds this one up no longer.
  const recheck: Hour[] = [...(before && !previous ? [before] : []), ...(after && !next ? [after] : [])];
  if (before && previous && shareIds(previous.ids.missing, merged.ids)) recheck.push(before);
  // The next hour counts from our last id; and some of what it misses may be here.
  const lastIdBefore = (prior ?? previous)?.ids.last ?? null;
  if (after && next && !sameRows && missesOthers(next.ids, lastIdBefore, merged.ids)) recheck.push(after);
  return { missing, recheck };
}

async function ledgerBeside(storage: Storage, dataset: string, hour: Hour): Promise<Ledger | undefined> {
  const found = await readLedger(storage, dataset, hour);
  if (found.kind === 'damaged')
    currentPulse().warn('a ledger is damaged: its hour is made anew', { ...found });
  return valueOf(found)?.ledger;
}

function draftLedger(from: {
  deps: ActivityDeps;
  input: MergeInput;
  merged: HourFacts;
  missing: readonly IdRange[];
  prior: Ledger | undefined;
  sameRows: boolean;
  rebuilt: boolean;
}): DraftLedger {
  const { deps, input, merged, missing, prior, sameRows, rebuilt } = from;
  return {
    dataset: input.dataset,
    hour: input.hour,
    revision: sameRows ? (prior?.revision ?? 1) : (prior?.revision ?? 0) + 1,
    sealedAt: sameRows ? (prior?.sealedAt ?? null) : null,
    code: deps.code,
    seen: merged.seen,
    landed: merged.landed,
    duplicates: merged.duplicates,
    quarantined: merged.quarantined,
    late: rebuilt ? (prior ? prior.late + Math.max(0, merged.landed - prior.landed) : 0) : merged.late,
    ...ledgerIds(merged.ids, missing),
    sizes: { json: merged.jsonBytes, compact: merged.compactBytes },
    keys: merged.keys,
    raw: merged.raws.map((name) => rawKey(input.dataset, name)),
    keeps: sameRows ? (prior?.object ?? null) : null,
  };
}

async function stageParts(
  { storage }: ActivityDeps,
  { staging, hour }: MergeInput,
  { rows, facts }: StagedMerge,
  object: { readonly replaces: string | null } | null,
  parquet: ParquetPlan,
  { sealed }: HourState,
) {
  // Rows that stand already are staged after all, where they are to be written in another form.
  const staged = rows ?? (sealed && (await stageStream(storage, `${staging}rows`, sealed.lines())));
  if (!staged) throw new FernlakeError('Bug', 'terminal', `the hour ${hour} has rows, and none were staged`);
  const ref = { ...staged, records: facts.landed };
  const holds = { firstId: facts.firstRowId ?? 0, lastId: facts.lastRowId ?? 0 };
  const parts: Part[] = [
    ...(object ? [{ kind: 'object', ref, hour, replaces: object.replaces, holds } as const] : []),
    ...(parquet.writes ? [{ kind: 'parquet', ref, hour, replaces: parquet.replaces } as const] : []),
  ];
  return await stage(storage, `${staging}parts`, JSON.stringify({ parts }), parts.length);
}

async function nothing(
  { storage }: ActivityDeps,
  { staging }: MergeInput,
  tidy: Partial<Draft>,
): Promise<MergeResult> {
  const draft: Draft = { ledger: null, replaces: null, segments: [], conflicts: [], recheck: [], ...tidy };
  return {
    outcome: 'nothing',
    draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 0),
    manifest: null,
    revision: 0,
    landed: 0,
    rebuilt: false,
    damaged: [],
  };
}

const conflictRefusal = ({ raw, index, id }: HourFacts['conflicts'][number]) => ({
  raw,
  index,
  reason: 'conflicting-duplicate' as const,
  detail: `record_id ${id} came before with other content`,
});

const sameRanges = (a: readonly IdRange[], b: readonly IdRange[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
