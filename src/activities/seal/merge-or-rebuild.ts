import type { Hour } from '../../dataset/hour.js';
import { rawNameOf } from '../../lake/keys.js';
import { StreamMerge } from './merge-stream.js';
import type { RefusedElement } from '../../dataset/reason.js';
import { OrderUnknown } from './tally.js';
import { damageIn } from '../../lake/damage.js';
import type { HourSegments } from '../../lake/segments.js';
import type { MergeInput } from './merge-types.js';
import type { ActivityDeps } from '../deps.js';
import type { HourState } from './hour-files.js';
import { currentPulse } from '../pulse.js';
import { numbered, rebuildHour, runsOfDamaged } from './rebuild-hour.js';
import { keepAsScratch, type ShownBy } from './sorted-runs.js';
import { type StagedMerge, stageMerge } from './stage-merge.js';

export interface Made extends StagedMerge {
  readonly rebuilt: boolean;
  /** Those that were merged, and those that turned out damaged and whose answers were read again. */
  readonly segments: HourSegments;
  /** Of a rebuilt hour: what its answers are refused for. */
  readonly refusals: ReadonlyMap<string, readonly RefusedElement[]>;
  /** Of a rebuilt hour: the other hours that its answers show, and which do. */
  readonly beside: ReadonlyMap<Hour, readonly string[]>;
}

/** Merges the segments with what is sealed; rebuilds the whole hour from raw where the two may not fit. */
export async function mergeOrRebuild(
  deps: ActivityDeps,
  input: MergeInput,
  state: HourState,
  found: HourSegments,
): Promise<Made> {
  let segments = found;
  const refusals = new Map<string, readonly RefusedElement[]>();
  const beside = new Map<Hour, string[]>();
  while (state.state !== 'torn' && !input.rebuild) {
    try {
      return {
        ...(await mergeSegments(deps, input, state, segments)),
        rebuilt: false,
        segments,
        refusals,
        beside,
      };
    } catch (error) {
      if (error instanceof OrderUnknown) break;
      const rest = withoutDamaged(segments, error);
      if (!rest) throw error;
      segments = rest;
    }
  }
  const { dataset, hour, staging } = input;
  const onRead = (raw: string, shown: ShownBy): void => {
    if (shown.refusals.length > 0) refusals.set(raw, shown.refusals);
    for (const other of shown.hours)
      if (other !== hour) beside.set(other, [...(beside.get(other) ?? []), raw]);
  };
  const keep = keepAsScratch(deps.storage, staging);
  const made = await rebuildHour(deps, { dataset, hour, onRead }, state, segments, keep, (merge) =>
    stageMerge(deps.storage, staging, merge, state.sealed),
  );
  return { ...made, rebuilt: true, segments, refusals, beside };
}

async function mergeSegments(
  deps: ActivityDeps,
  { dataset, hour, staging }: MergeInput,
  { sealed }: HourState,
  segments: HourSegments,
): Promise<StagedMerge> {
  const named = new Set([
    ...(sealed?.ledger.raw ?? []).map(rawNameOf),
    ...segments.whole.flatMap(({ header }) => header.raws),
  ]);
  const keep = numbered(keepAsScratch(deps.storage, staging));
  const again = await runsOfDamaged(deps, { dataset, hour }, segments, named, keep);
  const merge = new StreamMerge([...segments.whole, ...again], sealed);
  return await stageMerge(deps.storage, staging, merge, sealed);
}

/** The segments, where the error is that one of them has turned out damaged while it was read. */
function withoutDamaged({ whole, damaged }: HourSegments, error: unknown): HourSegments | undefined {
  const damage = damageIn(error);
  const bad = whole.find(({ key }) => key === damage?.key);
  if (!damage || !bad) return undefined;
  return {
    whole: whole.filter((segment) => segment !== bad),
    damaged: [...damaged, { ...damage, modifiedMs: bad.modifiedMs }],
  };
}

/** Says which of the hour's files cannot be read, and what is done about it; resolves to their keys. */
export function nameDamaged({ damage, state }: HourState, { damaged }: HourSegments): string[] {
  const named = [...(damage ? [damage] : []), ...damaged];
  for (const { key, why } of named)
    currentPulse().warn('damaged in the lake, and made anew from raw/', { key, why, state });
  return named.map(({ key }) => key);
}
