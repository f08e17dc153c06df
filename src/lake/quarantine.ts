import { damageIn, unpacksToTooMuch } from './damage.js';
import { isFernlakeError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { rawNameOf } from './keys.js';
import { damaged, gone, type Outcome, read } from './outcome.js';
import {
  decodeQuarantine,
  decodeQuarantineLine,
  type Quarantined,
  quarantinedOf,
} from './quarantine-entry.js';
import type { QuarantineEntry } from '../dataset/reason.js';
import type { Storage } from '../storage/port.js';
import { unpack } from './objects.js';
import { unpackedLines } from './streams.js';

const NO_QUARANTINE = 'it is no quarantine object';
const OF_ANOTHER = 'it is the quarantine of another answer';
/** Packed. Nearly all have less; what they unpack to is bounded all the same. */
const SMALL_PACKED_BYTES_MAX = 64 * 1024;
const BOUNDS = { lineBytesMax: LIMITS.quarantineLineBytesMax, bytesMax: LIMITS.wholeBytesMax };

/** A small object's bytes; `large`: it is to be read in chunks. */
export type Fetched = Buffer | 'large' | undefined;

/** The object as it is stored, for `quarantinedIn`: so that many can be waited for at once and unpacked in turn. */
export async function fetchQuarantine(storage: Storage, key: string): Promise<Fetched> {
  try {
    return (await storage.get(key, SMALL_PACKED_BYTES_MAX)).body;
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    if (damageIn(error)) return 'large';
    throw error;
  }
}

/** What stands in quarantine of one answer. */
export async function readQuarantine(storage: Storage, key: string): Promise<Outcome<Quarantined[]>> {
  return await quarantinedIn(storage, key, await fetchQuarantine(storage, key));
}

/** The same of what was fetched. */
export async function quarantinedIn(
  storage: Storage,
  key: string,
  fetched: Fetched,
): Promise<Outcome<Quarantined[]>> {
  if (fetched === undefined) return gone(key);
  if (fetched === 'large') return await readInChunks(storage, key);
  const unpacked = await unpack(key, fetched, LIMITS.smallBytesMax);
  if (unpacked.kind === 'damaged')
    return unpacked.why === unpacksToTooMuch(LIMITS.smallBytesMax)
      ? await readInChunks(storage, key)
      : unpacked;
  const entries = new Entries();
  try {
    entries.take(unpacked.value);
  } catch {
    return damaged(key, NO_QUARANTINE);
  }
  return entries.of(key);
}

async function readInChunks(storage: Storage, key: string): Promise<Outcome<Quarantined[]>> {
  const entries = new Entries();
  try {
    for await (const lines of unpackedLines(key, storage.open(key), BOUNDS)) entries.take(lines);
    return entries.of(key);
  } catch (error) {
    if (error instanceof SyntaxError) return damaged(key, NO_QUARANTINE);
    if (isFernlakeError(error, 'ObjectNotFound')) return gone(key);
    const damage = damageIn(error);
    if (!damage) throw error;
    return damage;
  }
}

/** The entries of one object, without their envelopes. */
class Entries {
  private readonly taken: Quarantined[] = [];
  readonly #texts = new Map<string, string>();

  /** Throws SyntaxError for what is no entry, or one more than an answer has records. */
  take(lines: Buffer): void {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      if (this.taken.length === LIMITS.answerRecordsMax) throw new SyntaxError('more entries than records');
      this.taken.push(quarantinedOf(decodeQuarantineLine(line), (text) => this.#same(text)));
    }
  }

  of(key: string): Outcome<Quarantined[]> {
    const name = rawNameOf(key);
    return this.taken.every(({ raw }) => raw === name) ? read(this.taken) : damaged(key, OF_ANOTHER);
  }

  /** 50,000 entries of one answer share its name and a handful of reasons. */
  #same(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size < TEXTS_MAX) this.#texts.set(text, text);
    return text;
  }
}

const TEXTS_MAX = 1_000;

/** The entries with their envelopes, of an object's bytes: for whoever writes it anew. */
export async function unpackQuarantine(
  key: string,
  body: Buffer,
): Promise<Outcome<QuarantineEntry[]> & { readonly kind: 'read' | 'damaged' }> {
  const unpacked = await unpack(key, body);
  if (unpacked.kind === 'damaged') return unpacked;
  try {
    const entries = decodeQuarantine(unpacked.value.toString('utf8'));
    if (entries.every(({ raw }) => raw === rawNameOf(key))) return read(entries);
    return damaged(key, OF_ANOTHER);
  } catch {
    return damaged(key, NO_QUARANTINE);
  }
}
