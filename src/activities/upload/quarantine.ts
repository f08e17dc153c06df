import { FernlakeError, isFernlakeError } from '../../errors.js';
import type { QuarantineCounts } from '../../lake/ledger.js';
import { type Outcome, valueOf } from '../../lake/outcome.js';
import { addedReasons, encodeQuarantine, entryOf, replaceRefusals } from '../../lake/quarantine-entry.js';
import { quarantineKey } from '../../lake/keys.js';
import type { QuarantineEntry } from '../../dataset/reason.js';
import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import { readAnswer } from '../fetch/answer-reader.js';
import { readRaw } from '../../lake/answers.js';
import { readWhole } from '../../lake/objects.js';
import { unpackQuarantine } from '../../lake/quarantine.js';
import type { Storage, StoredObject } from '../../storage/port.js';
import type { ReadingDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';
import { pack } from '../gzip/pack.js';

const ATTEMPTS = 10;

/** What a rewrite did: bytes put in place, and the entries that were not there before. */
export interface Requarantined {
  readonly bytes: number;
  readonly added: QuarantineCounts;
}

const UNCHANGED: Requarantined = { bytes: 0, added: {} };

/** Replaces an answer's refusals in quarantine by today's. Safe against others doing the same. */
export async function requarantine(
  storage: Storage,
  dataset: string,
  raw: string,
  entries: readonly QuarantineEntry[],
): Promise<Requarantined> {
  return await rewriteQuarantine(
    storage,
    quarantineKey(dataset, raw),
    (stored) => replaceRefusals(stored, entries),
    () => Promise.resolve([]),
  );
}

/**
 * Rewrites one answer's quarantine object, safe against others doing the same. `fromRaw`: what takes the place of an object that
 * cannot be read. An object that holds nothing any more stays
 * as an empty one: the worker needs no right to delete in quarantine/.
 */
export async function rewriteQuarantine(
  storage: Storage,
  key: string,
  rewrite: (stored: readonly QuarantineEntry[]) => QuarantineEntry[],
  fromRaw: () => Promise<QuarantineEntry[]>,
): Promise<Requarantined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await readWhole(storage, key);
    const before = await entriesIn(key, stored, fromRaw);
    const after = rewrite(before);
    if (stored.kind === 'gone' && after.length === 0) return UNCHANGED;
    const packed = await pack(Buffer.from(encodeQuarantine(after)));
    if (stored.kind === 'read' && packed.equals(stored.value.body)) return UNCHANGED;
    const etag = stored.kind === 'read' ? stored.value.etag : stored.kind === 'damaged' && stored.etag;
    try {
      await storage.put(key, packed, etag ? { kind: 'matches', etag } : { kind: 'absent' });
      return { bytes: packed.length, added: addedReasons(before, after) };
    } catch (error) {
      if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
    }
  }
  throw new FernlakeError(
    'StorageBusy',
    'transient',
    `others keep changing ${key}: it is tried again later`,
    {
      details: { key },
    },
  );
}

async function entriesIn(
  key: string,
  stored: Outcome<StoredObject>,
  fromRaw: () => Promise<QuarantineEntry[]>,
): Promise<QuarantineEntry[]> {
  if (stored.kind === 'gone') return [];
  const found = stored.kind === 'read' ? await unpackQuarantine(key, stored.value.body) : stored;
  if (found.kind === 'read') return found.value;
  currentPulse().warn('a quarantine object is damaged: it is made again from its answer', { ...found });
  return await fromRaw();
}

/** An archived answer's refusals by today's keys and rules; none where it is gone or damaged. */
export async function refusalsOf(
  { storage, keyRing, form }: ReadingDeps,
  dataset: string,
  raw: string,
): Promise<QuarantineEntry[]> {
  const body = valueOf(await readRaw(storage, dataset, raw));
  if (!body) return [];
  const { refusals } = new WindowCompactor(form).compact(
    answerOf(await keyRing(), form.answers, raw, body),
    new EntryTable(),
  );
  const envelopes = readAnswer(body, form.answers).elements;
  return refusals.map((refusal) =>
    entryOf({ ...refusal, raw }, envelopes[refusal.index] ?? null, form.answers),
  );
}
