import type { Draft, DraftLedger } from '../domain/draft.js';
import { ledgerIds, missingCandidates } from '../domain/gaps.js';
import { spellExtraFields } from '../domain/extra-fields.js';
import type { Hour } from '../domain/hour.js';
import { type IdRange, normalizeRanges, subtractRanges } from '../domain/id-ranges.js';
import { rawKey, rawNameOf } from '../domain/lake-keys.js';
import type { Ledger } from '../domain/ledger.js';
import type { Part } from '../domain/manifest.js';
import { mergeHour, type MergedHour, OrderUnknown, recordIdOf } from '../domain/merge-hour.js';
import type { Entry } from '../domain/segment.js';
import type { Activities, MergeInput } from './contract.js';
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

export const createMerge =
  (deps: ActivityDeps): Activities['merge'] =>
  async (input) => {
    const { storage } = deps;
    const { dataset, hour, staging } = input;
    const segments = await readSegments(storage, dataset, hour);
    const state = await readHour(storage, dataset, hour);
    if (state.state === 'open' && segments.length === 0) return await nothing(deps, input, []);
    const { merged, rebuilt } = await mergeOrRebuild(deps, input, state, segments);
    const changed = rebuilt ? !isAsSealed(state, merged) : merged.added > 0;
    // A quiet source shows the same records again and again: only the ledger counts that, the object stays.
    const sameRows = hasRows(state, merged);
    const prior = state.ledger?.ledger;
    const gaps = [...(prior?.ids.missing ?? []), ...segments.flatMap(({ segment }) => segment.gaps ?? [])];
    const around = await lookAround(deps, input, merged, sameRows, gaps);
    const parquet = await planParquet(deps, input, prior, merged.rows.length, sameRows);
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
    const hasObject = !sameRows && merged.rows.length > 0;
    return {
      outcome: 'sealed',
      draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 1),
      manifest:
        hasObject || parquet.writes
          ? await stageRows(deps, input, merged, hasObject ? { replaces: state.objectEtag } : null, parquet)
          : null,
      revision: draft.ledger?.revision ?? 0,
      landed: merged.landed,
      rebuilt,
    };
  };

/** The segments on top of what is sealed; or, where those two cannot be trusted to fit, the whole hour from raw. */
async function mergeOrRebuild(
  deps: ActivityDeps,
  { dataset, hour, rebuild }: MergeInput,
  state: HourState,
  segments: readonly StoredSegment[],
): Promise<{ merged: MergedHour; rebuilt: boolean }> {
  const entries: Entry[] = segments.flatMap(({ segment }) => segment.entries);
  if (state.state !== 'torn' && !rebuild) {
    try {
      return { merged: mergeHour(entries, state.sealed), rebuilt: false };
    } catch (error) {
      if (!(error instanceof OrderUnknown)) throw error;
    }
  }
  return { merged: await rebuildHour(deps, dataset, hour, state, segments), rebuilt: true };
}

/** Whether these are the very rows that are sealed. */
function hasRows({ state, sealed }: HourState, merged: MergedHour): boolean {
  return (
    state === 'sealed' &&
    sealed?.rows.length === merged.rows.length &&
    sealed.rows.every((row, i) => row === merged.rows[i])
  );
}

/** Whether the archive gives what stands, to the byte and to the count. */
function isAsSealed(state: HourState, merged: MergedHour): boolean {
  const { ledger } = state;
  if (!ledger || !hasRows(state, merged)) return false;
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
  merged: MergedHour,
  sameRows: boolean,
  gaps: readonly IdRange[],
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
      : await reallyMissing(storage, dataset, hour, candidates, merged.raws, [before, after]);
  const recheck: Hour[] = [];
  if (before && previous?.ids.missing.some(([from, to]) => overlaps(merged.ids, from, to)))
    recheck.push(before);
  // The next hour counts from our last id; and some of what it misses may be here.
  if (after && next && !sameRows) recheck.push(after);
  return { missing, recheck };
}

function draftLedger(from: {
  deps: ActivityDeps;
  input: MergeInput;
  merged: MergedHour;
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

async function stageRows(
  { storage }: ActivityDeps,
  { staging, hour }: MergeInput,
  merged: MergedHour,
  object: { readonly replaces: string | null } | null,
  parquet: ParquetPlan,
) {
  const ref = await stage(storage, `${staging}rows`, `${merged.rows.join('\n')}\n`, merged.rows.length);
  const [first = '', last = first] = [merged.rows[0], merged.rows.at(-1)];
  const holds = { firstId: recordIdOf(first), lastId: recordIdOf(last) };
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

const conflictRefusal = ({ raw, index, id }: Entry) => ({
  raw,
  index,
  reason: 'conflicting-duplicate' as const,
  detail: `record_id ${id} came before with other content`,
});

const sameRanges = (a: readonly IdRange[], b: readonly IdRange[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

function overlaps(ids: readonly IdRange[], from: number, to: number): boolean {
  return ids.some(([a, b]) => a <= to && b >= from);
}
