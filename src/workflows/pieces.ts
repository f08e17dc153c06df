import { condition } from '@temporalio/workflow';
import type { Hour } from '../dataset/hour.js';
import { isHistoryFull } from './history-size.js';

/** Activities of one piece at once: its hours are neighbours, and two of them sealed side by side look into each other. */
const AT_ONCE_A_PIECE = 2;
/** So that nobody waits long for the last piece, and progress is seen. */
const PIECES_A_PLACE = 4;

/** Into how many pieces work is to be cut at least, where there is so much of it. */
export const piecesFor = (atOnce: number): number => PIECES_A_PLACE * Math.ceil(atOnce / AT_ONCE_A_PIECE);

/** Hours (ascending) in pieces of the same size, each of one day. */
export function cutIntoPieces(hours: readonly Hour[], wanted: number): Hour[][] {
  const size = Math.min(24, Math.ceil(hours.length / wanted));
  const pieces: Hour[][] = [];
  for (const hour of hours) {
    const last = pieces.at(-1);
    if (last && last.length < size && last[0]!.slice(0, 10) === hour.slice(0, 10)) last.push(hour);
    else pieces.push([hour]);
  }
  return pieces;
}

/** Activities of each piece at once, where so many pieces share `atOnce` of them. */
export const atOnceAPiece = (atOnce: number, pieces: number): number =>
  Math.max(Math.min(AT_ONCE_A_PIECE, atOnce), Math.ceil(atOnce / pieces));

/**
 * A sliding window: works on the pieces in their order, as many at once as `atOnce` says by then. Where the history is full, those under
 * way are waited for, and no other is begun. Resolves to how many are done.
 */
export async function inWindow<T>(
  pieces: readonly T[],
  atOnce: () => number,
  work: (piece: T) => Promise<void>,
): Promise<number> {
  let next = 0;
  let underWay = 0;
  const failures: unknown[] = [];
  const begin = async (piece: T): Promise<void> => {
    underWay += 1;
    await work(piece).catch((error: unknown) => failures.push(error));
    underWay -= 1;
  };
  // At least one is done in every run: the history of a new one is small.
  while (next < pieces.length && failures.length === 0 && !(next > 0 && isHistoryFull())) {
    void begin(pieces[next++]!);
    await condition(() => underWay < atOnce() || failures.length > 0);
  }
  await condition(() => underWay === 0);
  if (failures.length > 0) throw failures[0];
  return next;
}
