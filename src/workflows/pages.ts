import type { FetchInput, FetchResult } from '../activities/fetch/activity.js';
import type { Observation } from '../activities/fetch/observation.js';

/**
 * What to ask a source that can be asked for more than its newest records: for what came after the newest id that is known, page by page
 * until it has caught up. Pure. An id that is text, and a cursor, stand in an answer of the archive, which is named in its place.
 * See docs/decisions/0034-incremental.md.
 */

/** How a source can be asked; what its parameters are called, the worker alone knows. */
export interface Incremental {
  /** For what came after an id. */
  readonly hasStart: boolean;
  /** For the next page, by what the answer names. */
  readonly hasCursor: boolean;
  /** Records of a page, where that is said. */
  readonly limit: number | null;
}

/** An id, or the answer whose newest id it is, where ids are text; both null: none is known. */
interface Mark {
  readonly id: number | null;
  readonly by: string | null;
}

/** What passes from poll to poll, from run to run and from slot to slot. */
export interface PageState {
  /** Everything up to here was shown. */
  readonly mark: Mark;
  /** Pages that have not come to their end; null: none. */
  readonly chain: Chain | null;
  /** Records of the largest page. */
  readonly largest: number;
  /** false: it shows what came before the id that it is asked after; null: not known yet. */
  readonly isHeeded: boolean | null;
  /** It has refused the id: the next question names none. */
  readonly isStartRefused: boolean;
  /** Pages by cursor that it has refused, one after the other. */
  readonly cursorsRefused: number;
}

interface Chain {
  /** What the chain was begun after. */
  readonly since: Mark;
  readonly oldestId: number | null;
  readonly newest: Mark;
  /** Records that are new. */
  readonly fresh: number;
  readonly pages: number;
  /** Each page is newer than the one before; null: not known yet. */
  readonly isAscending: boolean | null;
  /** Raw name of the answer that names the next page, and its cursor's hash; null: by id again. */
  readonly next: { readonly by: string; readonly cursor: string } | null;
  /** A cursor of some pages ago: should it come again, they go in a circle (Brent's algorithm). */
  readonly earlier: { readonly cursor: string; readonly page: number } | null;
}

const NOTHING: Mark = { id: null, by: null };

export const firstPages = (newest: {
  readonly newestId: number | null;
  readonly shownBy: string | null;
}): PageState => ({
  mark: { id: newest.newestId, by: newest.shownBy },
  chain: null,
  largest: 0,
  isHeeded: null,
  isStartRefused: false,
  cursorsRefused: 0,
});

const isKnown = ({ id, by }: Mark): boolean => id !== null || by !== null;
const isStartSent = ({ isStartRefused }: PageState, { hasStart }: Incremental, since: Mark): boolean =>
  hasStart && !isStartRefused && isKnown(since);

/** What is asked next. */
export function askFor(
  state: PageState,
  how: Incremental,
): Pick<FetchInput, 'afterId' | 'afterAnswer' | 'page'> {
  const since = state.chain?.since ?? state.mark;
  const next = state.chain?.next;
  const newest = state.chain?.newest.by;
  const start = isStartSent(state, how, since)
    ? {
        ...(since.id === null ? {} : { after: since.id }),
        ...(since.by === null ? {} : { afterAnswer: since.by }),
      }
    : {};
  return {
    afterId: since.id,
    ...(since.by === null ? {} : { afterAnswer: since.by }),
    page: { ...start, ...(next ? { nextOf: next.by } : {}), ...(newest ? { newestBy: newest } : {}) },
  };
}

export interface PageStep {
  readonly state: PageState;
  /** The next page is to be asked for at once. */
  readonly isMore: boolean;
  /** All pages since the last of these as one answer, for the pace; null while more is to come. */
  readonly seen: Observation | null;
  /** What an operator should know; in words, without anything that the source wrote. */
  readonly trouble: string | null;
}

type Page = Required<Pick<FetchResult, 'name' | 'observation' | 'page'>>;

/** Refused so often, the next page is asked for at the pace of polls. */
const CURSORS_REFUSED_MAX = 3;

/** Takes in what was shown. `contiguousIds`: a page that begins right behind what is known leaves nothing out. */
export function takePage(state: PageState, page: Page, how: Incremental, contiguousIds: boolean): PageStep {
  const { observation: seen, name } = page;
  const before = state.chain ?? beginning(state.mark);
  const isSent = isStartSent(state, how, before.since);
  const largest = Math.max(state.largest, seen.records);
  const isHeeded = isSent ? heeded(state, page, largest) : state.isHeeded;
  const heeds = isSent && isHeeded !== false;
  const chain = grown(before, page, isSent);
  const known = { ...state, largest, isHeeded, cursorsRefused: before.next ? 0 : state.cursorsRefused };
  const end = (mark: Mark, trouble: string | null = null): PageStep => {
    const next = { ...known, mark: isKnown(mark) ? mark : state.mark, chain: null, isStartRefused: false };
    const ignored = isHeeded === false && state.isHeeded !== false ? IGNORED : null;
    return {
      state: next,
      isMore: false,
      seen: asOne(chain, page, !heeds, contiguousIds),
      trouble: trouble ?? ignored,
    };
  };
  const wasKnown = isKnown(before.since);
  const hash = page.page.next;
  const goesBack = !overlaps(before.since, seen) && known.cursorsRefused < CURSORS_REFUSED_MAX;
  if (how.hasCursor && hash !== null && wasKnown && (heeds || goesBack)) {
    if (hash === before.next?.cursor && seen.fresh === 0) return end(chain.newest);
    const safe = isSafe(chain, contiguousIds) ? chain.newest : state.mark;
    if (hash === before.next?.cursor || hash === before.earlier?.cursor)
      return end(heeds ? safe : chain.newest, CIRCLE);
    const next = { by: name, cursor: hash };
    const isPause = seen.records === 0 || known.cursorsRefused >= CURSORS_REFUSED_MAX;
    const going = { ...chain, next, earlier: remembered(before, hash) };
    return isPause
      ? {
          state: { ...known, mark: safe, chain: { ...going, fresh: 0 } },
          isMore: false,
          seen: asOne(going, page, false, false),
          trouble: null,
        }
      : { state: { ...known, mark: safe, chain: going }, isMore: true, seen: null, trouble: null };
  }
  const isFull = seen.records >= Math.min(how.limit ?? largest, largest);
  if (!(heeds && seen.fresh > 0 && isFull)) return end(chain.newest);
  // By id again; the pace is told of all of them at once.
  const going = { ...chain, since: chain.newest, next: null, earlier: null };
  return { state: { ...known, mark: chain.newest, chain: going }, isMore: true, seen: null, trouble: null };
}

const IGNORED =
  'the source shows records from before the id that it was asked after: it does not heed start_param, so each answer counts as a window';
const CIRCLE =
  'the cursors of the source lead in a circle, so the rest is asked for by id: check cursor_param and cursor_path';

const beginning = (since: Mark): Chain => ({
  since,
  oldestId: null,
  newest: NOTHING,
  fresh: 0,
  pages: 0,
  isAscending: null,
  next: null,
  earlier: null,
});

/** The chain with one more page. */
function grown(chain: Chain, { name, observation: seen, page }: Page, isSent: boolean): Chain {
  // Pages that begin with the newest lead back.
  const isNewer = isSent ? newer(chain, seen, page.isNewer) : false;
  const first = chain.newest.id === null && chain.newest.by === null;
  const shows = seen.newestId !== null || (seen.texts?.shown ?? 0) > 0;
  const newest = !shows
    ? chain.newest
    : seen.texts
      ? { id: null, by: first || isNewer !== false ? name : chain.newest.by }
      : { id: Math.max(chain.newest.id ?? 0, seen.newestId ?? 0), by: null };
  return {
    ...chain,
    oldestId: lower(chain.oldestId, seen.oldestId),
    newest,
    fresh: chain.fresh + seen.fresh,
    pages: chain.pages + 1,
    isAscending: !shows || first ? chain.isAscending : chain.isAscending !== false && isNewer === true,
  };
}

function newer({ newest }: Chain, { oldestId }: Observation, told: boolean | null): boolean | null {
  if (newest.id === null || oldestId === null) return told;
  return oldestId > newest.id;
}

const lower = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

/** Nothing up to the newest can have been left out, though pages are still to come. */
function isSafe({ since, newest, fresh, isAscending }: Chain, contiguousIds: boolean): boolean {
  if (isAscending === true) return true;
  return contiguousIds && since.id !== null && newest.id !== null && newest.id - since.id === fresh;
}

/** Of pages from the newest back: whether what is known has been reached. */
const overlaps = ({ id }: Mark, { oldestId, texts }: Observation): boolean =>
  texts ? texts.overlaps !== false : id === null || oldestId === null || oldestId <= id + 1;

/** A short answer that shows nothing earlier heeds; a full one may have moved past. */
function heeded({ isHeeded }: PageState, { observation, page }: Page, largest: number): boolean | null {
  if (page.earlier > 0) return false;
  return observation.records < largest ? true : isHeeded;
}

/** The cursor is remembered anew at pages 1, 2, 4, 8, …. */
function remembered({ earlier, pages }: Chain, cursor: string): Chain['earlier'] {
  return earlier === null || pages + 1 >= 2 * earlier.page ? { cursor, page: pages + 1 } : earlier;
}

/** `isWindow`: what lies between it and what is known is lost; else only where ids are contiguous, and it was asked for. */
function asOne(
  { since, oldestId, newest, fresh }: Chain,
  { observation }: Page,
  isWindow: boolean,
  contiguousIds: boolean,
): Observation {
  const isTold = isWindow || contiguousIds;
  const { texts, ...last } = observation;
  return {
    ...last,
    oldestId: isTold || since.id === null ? oldestId : null,
    newestId: newest.id ?? last.newestId,
    fresh,
    ...(texts && newest.by !== null
      ? { texts: { ...texts, answer: newest.by, overlaps: isWindow ? texts.overlaps : null } }
      : {}),
  };
}

/** Refusals of the question, not of whoever asks. */
const OF_THE_QUESTION = new Set([400, 404, 409, 410, 416, 422]);

/** What follows where the question was refused with this status; the same state where the refusal is about something else. */
export function refusePage(
  state: PageState,
  how: Incremental,
  status: number | undefined,
): Pick<PageStep, 'state' | 'trouble'> {
  if (status === undefined || !OF_THE_QUESTION.has(status)) return { state, trouble: null };
  if (state.chain?.next)
    return {
      state: { ...state, chain: null, cursorsRefused: state.cursorsRefused + 1 },
      trouble: `the source refused the next page (${status}): it is asked again from the newest id that is known; a cursor may have expired, else check cursor_param and cursor_path`,
    };
  if (isStartSent(state, how, state.mark))
    return {
      state: { ...state, chain: null, isStartRefused: true },
      trouble: `the source refused to tell what came after an id (${status}): it is asked for its newest records instead; it may keep records no longer, else check start_param`,
    };
  return { state: { ...state, isStartRefused: false }, trouble: null };
}
