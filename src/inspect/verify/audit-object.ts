import { damageIn } from '../../lake/damage.js';
import { tableKey } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import { LIMITS } from '../../limits.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { type IdPlace, recordIdOf } from '../../lake/row-id.js';
import { NOT_UNPACKED } from '../../lake/objects.js';
import { sha256Through, unpackedLines } from '../../lake/streams.js';
import type { Storage } from '../../storage/port.js';

/** An hour's object, row by row: it may have any size, and what it unpacks to is for its writer to say. */

/** The object, read on its own: its bytes and their count against the ledger's; each row is shown to `take`. */
export async function readObject(
  storage: Storage,
  ledger: Ledger,
  take: (row: string, at: number) => void,
): Promise<{ differences: string[]; isRead: boolean }> {
  const key = tableKey(ledger.dataset, ledger.hour);
  const head = await storage.head(key);
  const { object } = ledger;
  if (!object)
    return {
      differences: head ? [`${key} is there, but the ledger knows no object`] : [],
      isRead: false,
    };
  if (!head) return { differences: [`${key} is gone`], isRead: false };
  const differences: string[] = [];
  if (object.key !== key) differences.push(`object.key is ${object.key}`);
  if (head.bytes !== object.bytes)
    differences.push(`${key} has ${head.bytes} bytes, the ledger says ${object.bytes}`);
  if ((await sha256Through(storage.open(key))) !== object.sha256)
    differences.push(`${key} is not the object that the ledger names (SHA-256 differs)`);
  if (ledger.sizes.gzip !== object.bytes) differences.push('sizes.gzip is not the bytes of the object');
  let rows = 0;
  let isWhole = true;
  try {
    for await (const lines of unpackedLines(key, storage.open(key))) {
      const texts = lines.toString('utf8').split('\n');
      isWhole = texts.pop() === '';
      for (const text of texts) take(text, rows++);
    }
  } catch (error) {
    const damage = damageIn(error);
    if (!damage) throw error;
    const why = damage.why === NOT_UNPACKED ? 'cannot be unpacked' : `is damaged: ${damage.why}`;
    return { differences: [...differences, `${key} ${why}`], isRead: false };
  }
  if (!isWhole || rows !== object.rows)
    differences.push(`${key} has ${rows} rows, the ledger says ${object.rows}`);
  return { differences, isRead: true };
}

/** Holds the rows of an object, as they come, against those of the archive. */
export class RowCheck {
  #count = 0;
  #first: number | undefined;

  constructor(private readonly expected: readonly string[]) {}

  take(row: string, at: number): void {
    this.#count = at + 1;
    if (row !== this.expected[at]) this.#first ??= at;
  }

  /** The first line that is another, counted from 1. */
  get difference(): number | undefined {
    if (this.#first === undefined && this.#count < this.expected.length) this.#first = this.#count;
    return this.#first === undefined ? undefined : this.#first + 1;
  }
}

/** Whether each line is a row, with an id above that of the one before. */
export class OrderCheck {
  #last: RecordId = -1;
  /** The first line that is not, counted from 1. */
  fault: number | undefined;

  constructor(private readonly places: IdPlace) {}

  take(row: string, at: number): void {
    if (this.fault !== undefined) return;
    try {
      const id = recordIdOf(row, this.places);
      if (compareIds(id, this.#last) <= 0) this.fault = at + 1;
      this.#last = id;
    } catch {
      this.fault = at + 1;
    }
  }
}

/** Rows as long as all of them can be held; none beyond that. */
export class KeptRows {
  rows: string[] | undefined = [];
  #length = 0;

  take(row: string): void {
    this.#length += row.length;
    if (this.#length > LIMITS.wholeBytesMax) this.rows = undefined;
    this.rows?.push(row);
  }
}
