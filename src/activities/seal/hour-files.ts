import { isFernlakeError } from '../../errors.js';
import { addHours, type Hour } from '../../dataset/hour.js';
import { ledgerKey, rawNameOf, tableKey } from '../../lake/keys.js';
import type { SealedStream } from './merge-stream.js';
import { type Ledger, selfContradiction } from '../../lake/ledger.js';
import { type Damaged, damaged, type Outcome } from '../../lake/outcome.js';
import { sha256Of } from '../../bytes/sha256.js';
import { readLedger, type StoredLedger } from '../../lake/ledgers.js';
import { hoursBefore, sealedFrom } from '../../lake/hours.js';
import { readWhole } from '../../lake/objects.js';
import { IN_MEMORY_BYTES_MAX, nothing, once, sha256Through, unpackedLines } from '../../lake/streams.js';
import type { ReadingDeps } from '../deps.js';
import type { Storage } from '../../storage/port.js';

export interface HourState {
  /** undefined where there is none, or none that can be read. */
  readonly ledger: StoredLedger | undefined;
  /** The ledger that stands and cannot be read. */
  readonly damage: Damaged | undefined;
  /** What the next ledger's write depends on; null where nothing stands. */
  readonly ledgerEtag: string | null;
  readonly objectEtag: string | null;
  /**
   * `sealed`: ledger and object speak of the same bytes. `open`: neither is there. `torn`: a seal died between the two,
   * one of them was lost, or cannot be read; the hour must be rebuilt from the archive.
   */
  readonly state: 'sealed' | 'open' | 'torn';
  readonly sealed: SealedStream | undefined;
}

/** What stands of an hour: its ledger, its object, and whether they agree. */
export async function readHour(
  { storage, form }: Pick<ReadingDeps, 'storage' | 'form'>,
  dataset: string,
  hour: Hour,
): Promise<HourState> {
  const key = tableKey(dataset, hour);
  const found = await readSoundLedger(storage, dataset, hour);
  const ledger = found.kind === 'read' ? found.value : undefined;
  const damage = found.kind === 'damaged' ? found : undefined;
  const object = await readObject(storage, key, ledger?.ledger.object?.bytes);
  const ledgerEtag = ledger?.etag ?? damage?.etag ?? null;
  const stands = { ledger, damage, ledgerEtag, objectEtag: object?.etag ?? null };
  if (found.kind === 'gone' && !object) return { ...stands, state: 'open', sealed: undefined };
  const agree = ledger && isObjectOf(ledger.ledger, key, object);
  if (!agree) return { ...stands, state: 'torn', sealed: undefined };
  const raws = new Set(ledger.ledger.raw.map(rawNameOf));
  const lines = (): AsyncIterable<Buffer> => (object ? unpackedLines(key, object.chunks()) : nothing());
  return { ...stands, state: 'sealed', sealed: { ledger: ledger.ledger, raws, places: form, lines } };
}

/** A ledger that contradicts itself counts as damaged. */
async function readSoundLedger(
  storage: Storage,
  dataset: string,
  hour: Hour,
): Promise<Outcome<StoredLedger>> {
  const found = await readLedger(storage, dataset, hour);
  const fault = found.kind === 'read' ? selfContradiction(found.value.ledger) : undefined;
  if (found.kind !== 'read' || fault === undefined) return found;
  return damaged(ledgerKey(dataset, hour), fault, found.value.etag);
}

function isObjectOf({ object }: Ledger, key: string, found: FoundObject | undefined): boolean {
  if (!object || !found) return !object && !found;
  return (
    object.key === key && object.sha256 === found.sha256 && (found.bytes ?? object.bytes) === object.bytes
  );
}

interface FoundObject {
  readonly etag: string;
  readonly sha256: string;
  /** Where it was read whole. */
  readonly bytes?: number;
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * The object, in memory where it is small; else it is read again each time. If another object takes its place
 * in between, the etag is still that of the first, so the write that depends on it fails. `bytes`: its size,
 * where a ledger tells.
 */
async function readObject(
  storage: Storage,
  key: string,
  bytes: number | undefined,
): Promise<FoundObject | undefined> {
  try {
    const head = bytes === undefined ? await storage.head(key) : undefined;
    if (bytes === undefined && !head) return undefined;
    if ((bytes ?? head?.bytes ?? 0) <= IN_MEMORY_BYTES_MAX) {
      const found = await readWhole(storage, key, IN_MEMORY_BYTES_MAX);
      if (found.kind === 'gone') return undefined;
      // Otherwise it is larger than the ledger says, and is read in chunks.
      if (found.kind === 'read') {
        const { body, etag } = found.value;
        return { etag, sha256: sha256Of(body), bytes: body.length, chunks: () => once(body) };
      }
    }
    const etag = (head ?? (await storage.head(key)))?.etag;
    if (etag === undefined) return undefined;
    return { etag, sha256: await sha256Through(storage.open(key)), chunks: () => storage.open(key) };
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** The nearest sealed hour before this one. */
export async function sealedBefore(storage: Storage, dataset: string, hour: Hour): Promise<Hour | undefined> {
  // The common case costs one look.
  const previous = addHours(hour, -1);
  if (await storage.head(ledgerKey(dataset, previous))) return previous;
  return (await hoursBefore(hour, 1, (from) => sealedFrom(storage, dataset, from))).at(-1);
}
