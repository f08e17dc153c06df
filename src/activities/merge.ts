import type { Draft, DraftLedger } from '../domain/draft.js';
import { FernlakeError } from '../domain/errors.js';
import { ledgerIds, missesOthers, missingCandidates } from '../domain/gaps.js';
import { spellExtraFields } from '../domain/extra-fields.js';
import type { Hour } from '../domain/hour.js';
import { type IdRange, normalizeRanges, shareIds, subtractRanges } from '../domain/id-ranges.js';
import { rawKey, rawNameOf } from '../domain/lake-keys.js';
import type { Ledger } from '../domain/ledger.js';
import type { Part } from '../domain/manifest.js';
import { StreamMerge } from '../domain/merge-stream.js';
import { type HourFacts, OrderUnknown } from '../domain/tally.js';
import type { Activities, MergeInput, MergeResult } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { withEnvelopes } from './envelopes.js';
import {
  type HourState,
  neighbours,
  readHour,
  readLedger,
  readSegments,
  type StoredSegment,
} from './hour-files.js';
import { stage } from './lake.js';
import { reallyMissing } from './missing.js';
import { type ParquetPlan, planParquet } from './parquet.js';
import { rebuildHour } from './rebuild-hour.js';
import { keepAsScratch } from './sorted-runs.js';
import { type StagedMerge, stageMerge } from './stage-merge.js';
import { stageStream } from './streams.js';
import { inTurn } from './turns.js';

export const createMerge =
  (deps: ActivityDeps): Activities['merge'] =>
  (input) =>
    inTurn(() => mergeHour(deps, input));

async function mergeHour(deps: ActivityDeps, input: MergeInput): Promise<MergeResult> {
  const { storage } = deps;
  const { dataset, hour, staging } = input;
  const segments = await readSegments(storage, dataset, hour);
  const state = await readHour(storage, dataset, hour);
  if (state.state === 'open' && segments.length === 0) return await nothing(deps, input, []);
  const made = await mergeOrRebuild(deps, input, state, segments);
  const { facts: merged, rebuilt, sameRows } = made;
  const changed = rebuilt ? !isAsSealed(state, made) : merged.added > 0;
  // A quiet source shows the same records again and again: only the ledger counts that, the object stays.
  const prior = state.ledger?.ledger;
  const gaps = [...(prior?.ids.missing ?? []), ...segments.flatMap(({ header }) => header.gaps ?? [])];
  const around = await lookAround(deps, input, merged, { sameRows, prior, gaps });
  const parquet = await planParquet(deps, input, prior, merged.landed, sameRows);
  if (!changed && !parquet.writes && prior && sameRanges(prior.ids.missing, around.missing)) {
    return await nothing(
      deps,
      input,
      segments.map(({ key }) => key),
    );
  }
  const draft: Draft = {
    ledger: {
      ...draftLedger({ deps, input, merged, missing: around.missing, prior, sameRows, rebuilt }),
      ...(parquet.keeps ? { keepsParquet: parquet.keeps } : {}),
      ...(parquet.writes && deps.fields?.length ? { parquetFields: spellExtraFields(deps.fields) } : {}),
    },
    replaces: state.ledger?.etag ?? null,
    segments: segments.map(({ key }) => key),
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
  };
}

interface Made extends StagedMerge {
  readonly rebuilt: boolean;
}

/** The segments on top of what is sealed; or, where those two cannot be trusted to fit, the whole hour from raw. */
async function mergeOrRebuild(
  deps: ActivityDeps,
  { dataset, hour, rebuild, staging }: MergeInput,
  state: HourState,
  segments: readonly StoredSegment[],
): Promise<Made> {
  if (state.state !== 'torn' && !rebuild) {
    try {
      const merge = new StreamMerge(segments, state.sealed);
      return { ...(await stageMerge(deps.storage, staging, merge, state.sealed)), rebuilt: false };
    } catch (error) {
      if (!(error instanceof OrderUnknown)) throw error;
    }
  }
  const made = await rebuildHour(
    deps,
    { dataset, hour },
    state,
    segments,
    keepAsScratch(deps.storage, staging),
    (merge) => stageMerge(deps.storage, staging, merge, state.sealed),
  );
  return { ...made, rebuilt: true };
}

/** Whether the archive gives what stands, to the byte and to the count. */
function isAsSealed({ ledger }: HourState, { facts: merged, sameRows }: StagedMerge): boolean {
  if (!ledger || !sameRows) return false;
  const { seen, duplicates, quarantined, keys, raw } = ledger.ledger;
  const counts = (...values: unknown[]): string => JSON.stringify(values);
  return (
    counts(seen, duplicates, sorted(quarantined), sorted(keys), raw.map(rawNameOf)) ===
    counts(merged.seen, merged.duplicates, sorted(merged.quarantined), sorted(merged.keys), merged.raws)
  );
}

const sorted = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));

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
  const previous = before && (await readLedger(storage, dataset, before))?.ledger;
  const next = after && (await readLedger(storage, dataset, after))?.ledger;
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
  const recheck: Hour[] = [];
  if (before && previous && shareIds(previous.ids.missing, merged.ids)) recheck.push(before);
  // The next hour counts from our last id; and some of what it misses may be here.
  const lastIdBefore = (prior ?? previous)?.ids.last ?? null;
  if (after && next && !sameRows && missesOthers(next.ids, lastIdBefore, merged.ids)) recheck.push(after);
  return { missing, recheck };
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

async function nothing({ storage }: ActivityDeps, { staging }: MergeInput, segments: readonly string[]) {
  const draft: Draft = { ledger: null, replaces: null, segments, conflicts: [], recheck: [] };
  return {
    outcome: 'nothing' as const,
    draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 0),
    manifest: null,
    revision: 0,
    landed: 0,
    rebuilt: false,
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
