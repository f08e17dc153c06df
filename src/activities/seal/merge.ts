import { idMark } from '../../dataset/record-id.js';
import type { Draft, DraftLedger } from './draft.js';
import { FernlakeError } from '../../errors.js';
import { firstAndLast, ledgerIds, withEnds } from './gaps.js';
import { type IdRange, normalizeRanges, subtractRanges } from '../../lake/id-ranges.js';
import { rawKey, rawNameOf } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { RecordForm } from '../../dataset/form.js';
import type { RowsPart } from '../parts.js';
import type { HourFacts } from './tally.js';
import type { ActivityDeps } from '../deps.js';
import { withEnvelopes } from '../partition/envelopes.js';
import { chargedWith } from './charged-with.js';
import { findForgotten, forgottenBeside } from './forgotten.js';
import { type HourState, readHour } from './hour-files.js';
import { type HourSegments, readSegments } from '../../lake/segments.js';
import { isAsSealed } from './as-sealed.js';
import { type Made, mergeOrRebuild, nameDamaged } from './merge-or-rebuild.js';
import { lackingInQuarantine } from './quarantine-lacks.js';
import { stage } from '../staging.js';
import { staleConflicts } from './stale-conflicts.js';
import {
  besideAbove,
  besideInTime,
  type Missing,
  missingBelow,
  missingBetween,
  type Place,
  stillMissing,
  suspectsOf,
} from './missing.js';
import { NearArchive } from './near-archive.js';
import { type ParquetPlan, planParquet } from '../gzip/parquet.js';
import type { StagedMerge } from './stage-merge.js';
import { stageStream } from '../streams.js';
import { inSealSlot } from '../seal-slots.js';
import type { Merge, MergeInput, MergeResult } from './merge-types.js';

/** Answers in quarantine alone that a first seal looks at, the newest. */
const ALONE_MAX = 256;

export const createMerge =
  (deps: ActivityDeps): Merge =>
  (input) =>
    inSealSlot(() => mergeHour(deps, input));

async function mergeHour(deps: ActivityDeps, asked: MergeInput): Promise<MergeResult> {
  const { storage } = deps;
  const { dataset, hour, staging, contiguousIds } = asked;
  const found = await readSegments(storage, dataset, hour);
  const state = await readHour(deps, dataset, hour);
  const remembered = (state.ledger?.ledger.ids.told ?? []).map(rawNameOf);
  const told = [...new Set([...remembered, ...(asked.told ?? [])])].sort();
  // Ids that were charged before these answers were known are looked for again.
  const isNews = state.ledger !== undefined && told.length > remembered.length;
  const input = isNews || isOfAnother(deps.form, state, found) ? { ...asked, rebuild: true } : asked;
  const { accountThroughMs: throughMs } = input;
  let alone: readonly string[] = [];
  if (throughMs !== undefined && !state.ledger) {
    const accounted = await findForgotten(deps, { dataset, hour, throughMs }, found.whole);
    const { forgotten } = accounted;
    if (forgotten.length > 0) return { ...(await nothing(deps, input, {})), forgotten };
    alone = accounted.alone.slice(-ALONE_MAX);
  }
  if (state.state === 'open' && found.whole.length + found.damaged.length === 0)
    return await nothing(deps, input, {});
  const made = await mergeOrRebuild(deps, input, state, found);
  if (throughMs !== undefined) {
    const forgotten = await forgottenBeside(storage, dataset, made.beside);
    if (forgotten.length > 0) return { ...(await nothing(deps, input, {})), forgotten };
  }
  const { facts: merged, rebuilt, sameRows, segments } = made;
  const damaged = nameDamaged(state, segments);
  // A quiet source repeats the same records: only the ledger counts that, the object stays as it is.
  const prior = state.ledger?.ledger;
  const archive = new NearArchive(deps, dataset);
  const known =
    rebuilt || prior?.contiguous !== contiguousIds
      ? []
      : await stillMissing(archive, prior.ids.missing, freshRaws(state, segments));
  const ids = rebuilt ? merged.ids : withEnds(merged.ids, prior);
  const place: Place = {
    storage,
    archive,
    form: deps.form,
    dataset,
    hour,
    ids,
    known,
    raws: merged.raws,
    told: [...told, ...alone],
  };
  const missing = await missingOf(place, made, prior, contiguousIds);
  const parquet = await planParquet(deps, input, prior, merged.landed, sameRows);
  const ledger = draftLedger({ deps, input, merged, ids, missing, prior, sameRows, rebuilt });
  const changed = rebuilt ? !prior || !isAsSealed(prior, ledger) : merged.added > 0;
  const tidy = {
    segments: [...segments.whole, ...segments.damaged].map(({ key }) => key),
    ...(await quarantineOf(deps, input, made)),
    ...(rebuilt ? { staleConflicts: await staleConflicts(deps, { dataset, hour }, merged) } : {}),
  };
  if (!changed && !parquet.writes && prior && isToldSo(prior, missing, contiguousIds))
    return { ...(await nothing(deps, input, tidy)), damaged };
  const unplaced = contiguousIds ? await chargedWith(place, alone) : { ids: [], beside: [] };
  const draft: Draft = {
    ...tidy,
    ledger: { ...ledger, ...(parquet.keeps ? { keepsParquet: parquet.keeps } : {}) },
    replaces: state.ledgerEtag,
    conflicts: await withEnvelopes(deps, dataset, merged.conflicts.map(conflictRefusal)),
    ids: normalizeRanges([...ids, ...unplaced.ids]),
    beside: [
      ...(contiguousIds ? await besideAbove(place, merged.edges.high) : besideInTime(hour)),
      ...unplaced.beside,
    ],
    ...(parquet.stale.length > 0 ? { stale: parquet.stale } : {}),
  };
  const hasObject = !sameRows && merged.landed > 0;
  return {
    outcome: 'sealed',
    draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 1),
    rows:
      hasObject || parquet.writes
        ? await rowsOf(deps, input, made, hasObject ? { replaces: state.objectEtag } : null, parquet, state)
        : [],
    revision: draft.ledger?.revision ?? 0,
    landed: merged.landed,
    rebuilt,
    damaged,
  };
}

/**
 * Whether some of the rows are of another definition. Each hour has one alone, so such an hour is computed
 * again.
 */
const isOfAnother = ({ definition }: RecordForm, { ledger }: HourState, { whole }: HourSegments): boolean =>
  [...(ledger ? [ledger.ledger] : []), ...whole.map(({ header }) => header)].some(
    (part) => (part.definition ?? definition) !== definition,
  );

/** What is to be put back into quarantine, of the answers that were read for a rebuilt hour. */
async function quarantineOf(
  deps: ActivityDeps,
  { dataset, rebuild }: MergeInput,
  { refusals, facts: { conflicts } }: Made,
): Promise<Pick<Draft, 'conflicts' | 'requarantine'>> {
  if (!rebuild) return { conflicts: [] };
  const lacking = new Set(await lackingInQuarantine(deps.storage, dataset, refusals, conflicts));
  const lost = conflicts.filter(({ raw }) => lacking.has(raw)).map(conflictRefusal);
  return { conflicts: await withEnvelopes(deps, dataset, lost), requarantine: [...lacking] };
}

const freshRaws = ({ sealed }: HourState, { whole }: HourSegments): string[] =>
  [...new Set(whole.flatMap(({ header }) => header.raws))].filter((raw) => !sealed?.raws.has(raw));

/** What the hour misses; from scratch where it was rebuilt. */
async function missingOf(
  place: Place,
  { facts: { edges, raws }, rebuilt, segments }: Made,
  prior: Ledger | undefined,
  contiguousIds: boolean,
): Promise<Missing> {
  if (contiguousIds) {
    const since = rawNameOf(prior?.raw[0] ?? '');
    const before =
      rebuilt || !prior
        ? undefined
        : { first: typeof prior.ids.first === 'number' ? prior.ids.first : null, since };
    const { ranges, told } = await missingBelow(place, edges, before);
    // The answers by which earlier seals found ids that are not looked for again.
    const remembered = rebuilt ? [] : (prior?.ids.told ?? []).map(rawNameOf);
    return { ranges, told: [...new Set([...remembered, ...told])].sort() };
  }
  // An answer to what came after an id begins where the one before ended: no loss, so nothing new is charged.
  if (place.form.declaration.source.incremental)
    return { ranges: subtractRanges(place.known, place.ids), told: [] };
  const gaps = segments.whole.flatMap(({ header }) => header.gaps ?? []);
  return { ranges: await missingBetween(place, rebuilt ? raws : suspectsOf(gaps, edges)), told: [] };
}

function draftLedger(from: {
  deps: ActivityDeps;
  input: MergeInput;
  merged: HourFacts;
  ids: readonly IdRange[];
  missing: Missing;
  prior: Ledger | undefined;
  sameRows: boolean;
  rebuilt: boolean;
}): DraftLedger {
  const { deps, input, merged, ids, missing, prior, sameRows, rebuilt } = from;
  const told = missing.told.map((name) => rawKey(input.dataset, name));
  return {
    dataset: input.dataset,
    hour: input.hour,
    revision: sameRows ? (prior?.revision ?? 1) : (prior?.revision ?? 0) + 1,
    sealedAt: sameRows ? (prior?.sealedAt ?? null) : null,
    code: deps.code,
    definition: deps.form.definition,
    contiguous: input.contiguousIds,
    seen: merged.seen,
    landed: merged.landed,
    duplicates: merged.duplicates,
    quarantined: merged.quarantined,
    erased: 0,
    late: rebuilt ? (prior ? prior.late + Math.max(0, merged.landed - prior.landed) : 0) : merged.late,
    ...ledgerIds(
      { ...firstAndLast(ids, merged.texts, rebuilt ? undefined : prior), landed: merged.landed },
      missing.ranges,
      told,
    ),
    sizes: { json: merged.jsonBytes, compact: merged.compactBytes },
    keys: merged.keys,
    raw: merged.raws.map((name) => rawKey(input.dataset, name)),
    keeps: sameRows ? (prior?.object ?? null) : null,
  };
}

/** The rows, in each form in which they are to be written. */
async function rowsOf(
  { storage }: ActivityDeps,
  { staging, hour }: MergeInput,
  { rows, facts }: StagedMerge,
  object: { readonly replaces: string | null } | null,
  parquet: ParquetPlan,
  { sealed }: HourState,
): Promise<readonly RowsPart[]> {
  // Unchanged rows are staged, too, when they are to be written in another form.
  const staged = rows ?? (sealed && (await stageStream(storage, `${staging}rows`, sealed.lines())));
  if (!staged) throw new FernlakeError('Bug', 'terminal', `the hour ${hour} has rows, and none were staged`);
  const ref = { ...staged, records: facts.landed };
  const holds = { firstId: idMark(facts.firstRowId ?? 0), lastId: idMark(facts.lastRowId ?? 0) };
  return [
    ...(object ? [{ kind: 'object', ref, hour, replaces: object.replaces, holds } as const] : []),
    ...(parquet.writes ? [{ kind: 'parquet', ref, hour, replaces: parquet.replaces } as const] : []),
  ];
}

async function nothing(
  { storage }: ActivityDeps,
  { staging }: MergeInput,
  tidy: Partial<Draft>,
): Promise<MergeResult> {
  const draft: Draft = {
    ...{ ledger: null, replaces: null, segments: [], conflicts: [], ids: [], beside: [] },
    ...tidy,
  };
  return {
    outcome: 'nothing',
    draft: await stage(storage, `${staging}draft`, JSON.stringify(draft), 0),
    rows: [],
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
  detail: `${typeof id === 'number' ? `record_id ${id}` : 'the id'} came before with other content`,
});

/** Whether the ledger says of the missing ids what it should. */
const isToldSo = ({ contiguous, ids }: Ledger, { ranges, told }: Missing, contiguousIds: boolean): boolean =>
  contiguous === contiguousIds &&
  JSON.stringify(ids.missing) === JSON.stringify(ranges) &&
  JSON.stringify((ids.told ?? []).map(rawNameOf)) === JSON.stringify(told);
