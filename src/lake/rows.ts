import { type Piece, RowCursor } from './lines.js';
import { damaged, gone, type Outcome, read } from './outcome.js';
import type { RecordId } from '../dataset/record-id.js';
import type { RowPlaces } from './row-id.js';
import type { Storage } from '../storage/port.js';
import { damageIn } from './damage.js';
import { unpackedLines } from './streams.js';

/**
 * Calls with the id of each row in a packed object, in its order, and with its text; resolves to what came of it, as damage shows only on the way.
 * By a call and not as an iterable: to wait for each of millions costs as much as to read it.
 */
export async function eachIdOfObject(
  storage: Storage,
  key: string,
  places: RowPlaces,
  note: (id: RecordId, row: Piece) => void,
): Promise<Outcome<undefined>> {
  if (!(await storage.head(key))) return gone(key);
  const cursor = new RowCursor(unpackedLines(key, storage.open(key)), places);
  try {
    while (cursor.next() || (await cursor.fill())) note(cursor.id, cursor.row);
    return read(undefined);
  } catch (error) {
    if (error instanceof SyntaxError) return damaged(key, 'it holds a line that is no row');
    const damage = damageIn(error);
    if (!damage) throw error;
    return damage;
  } finally {
    await cursor.close();
  }
}

/** Calls with each row of a packed object, as text; with none where there is no object. Throws `LakeCorrupt`. */
export async function eachRow(storage: Storage, key: string, take: (row: string) => void): Promise<void> {
  if (!(await storage.head(key))) return;
  for await (const lines of unpackedLines(key, storage.open(key)))
    for (const row of lines.toString('utf8').split('\n')) if (row !== '') take(row);
}
