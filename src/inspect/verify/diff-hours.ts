import type { ReadingDeps } from '../../activities/deps.js';
import { sealedHoursOf } from '../../activities/backlog/list-sealed.js';
import { readHour } from '../../activities/seal/hour-files.js';
import { rebuildHour } from '../../activities/seal/rebuild-hour.js';
import { keepInMemory } from '../../activities/seal/sorted-runs.js';
import { NO_SEGMENTS } from '../../lake/segments.js';
import { nothing } from '../../lake/streams.js';
import type { Hour } from '../../dataset/hour.js';
import type { RowPlaces } from '../../lake/row-id.js';
import { RowCursor, samePiece } from '../../lake/lines.js';
import { missingBelow, missingBetween } from '../../activities/seal/missing.js';
import { NearArchive } from '../../activities/seal/near-archive.js';
import { countIds } from '../../lake/id-ranges.js';
import { rawNameOf } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { StreamFacts } from '../../activities/seal/merge-stream.js';
import { countDifferences } from './audit-hour.js';

export interface HourDiff {
  readonly hour: Hour;
  readonly changed: boolean;
  readonly rows: { readonly added: number; readonly removed: number; readonly changed: number };
  /** What the ledger would say otherwise, in words. */
  readonly ledger: readonly string[];
}

/** What `reprocess` would make of each sealed hour in the range (both ends included), with the keys and rules of today. */
export async function* diffHours(
  deps: ReadingDeps,
  dataset: string,
  from: Hour | null,
  to: Hour | null,
  contiguous: boolean,
): AsyncGenerator<HourDiff> {
  const hours: Hour[] = [];
  for await (const hour of sealedHoursOf(deps.storage, { dataset, from, to, after: null })) hours.push(hour);
  for (const hour of hours) {
    const state = await readHour(deps, dataset, hour);
    const stored = state.ledger?.ledger;
    const made = await rebuildHour(
      deps,
      { dataset, hour },
      state,
      NO_SEGMENTS,
      keepInMemory,
      async (merge) => ({
        rows: await diffRows(deps.form, state.sealed?.lines() ?? nothing(), merge.rows()),
        facts: merge.facts(),
      }),
    );
    const { rows, facts: merged } = made;
    const ledger = stored
      ? [...countDifferences(stored, merged), ...(await namesAndIds(deps, stored, merged, contiguous))]
      : [`the ledger is ${state.damage ? `damaged: ${state.damage.why}` : 'gone'}`];
    const changed = state.state === 'torn' || ledger.length + rows.added + rows.removed + rows.changed > 0;
    yield { hour, changed, rows, ledger };
  }
}

/** The rest of what a ledger holds, but for what tells of its seal: which ids are missing, and which answers it names. */
async function namesAndIds(
  deps: ReadingDeps,
  { dataset, hour, ids, raw, ...stored }: Ledger,
  merged: StreamFacts,
  contiguous: boolean,
): Promise<string[]> {
  const archive = new NearArchive(deps, dataset);
  const told = (ids.told ?? []).map(rawNameOf);
  const place = {
    storage: deps.storage,
    archive,
    form: deps.form,
    dataset,
    hour,
    ids: merged.ids,
    known: [],
    raws: merged.raws,
    told,
  };
  const missing = contiguous
    ? (await missingBelow(place, merged.edges, undefined)).ranges
    : await missingBetween(place, merged.raws);
  const differences: string[] = [];
  const compare = (name: string, before: unknown, after: unknown): void => {
    const [a, b] = [JSON.stringify(before), JSON.stringify(after)];
    if (a !== b) differences.push(`${name}: the ledger says ${a}, the archive ${b}`);
  };
  compare('definition', stored.definition, deps.form.definition);
  compare('contiguous', stored.contiguous, contiguous);
  compare('ids.missing', ids.missing, missing);
  compare('ids.missingCount', ids.missingCount, countIds(missing));
  const names = new Set(raw.map(rawNameOf));
  const others = merged.raws.filter((name) => !names.has(name)).length;
  if (others > 0 || names.size !== merged.raws.length)
    differences.push(`raw: the ledger names ${names.size} answers, ${merged.raws.length} show this hour`);
  return differences;
}

/** Both ascending by id, in chunks of whole lines. */
async function diffRows(
  places: RowPlaces,
  before: AsyncIterable<Buffer>,
  after: AsyncIterable<Buffer>,
): Promise<HourDiff['rows']> {
  const [old, now] = [new RowCursor(before, places), new RowCursor(after, places)];
  const next = async (cursor: RowCursor): Promise<boolean> => cursor.next() || (await cursor.fill());
  const diff = { added: 0, removed: 0, changed: 0 };
  let [isOld, isNow] = [await next(old), await next(now)];
  while (isOld || isNow) {
    if (!isNow || (isOld && old.id < now.id)) diff.removed += 1;
    else if (!isOld || now.id < old.id) diff.added += 1;
    else if (!samePiece(old.row, now.row)) diff.changed += 1;
    const [stepOld, stepNow] = [isOld && (!isNow || old.id <= now.id), isNow && (!isOld || now.id <= old.id)];
    if (stepOld) isOld = await next(old);
    if (stepNow) isNow = await next(now);
  }
  return diff;
}
