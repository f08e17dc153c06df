import { setTimeout as sleep } from 'node:timers/promises';
import { gzip } from '../../bytes/gzip.js';
import { rawKey, rawName } from '../../lake/keys.js';
import type { ActivityDeps } from '../deps.js';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { sha256Of } from '../../bytes/sha256.js';
import { currentPulse } from '../pulse.js';
import type { Ref } from '../ref.js';
import type { Observation } from './observation.js';
import { WindowIds } from './window-ids.js';

export interface FetchInput {
  readonly dataset: string;
  /** Newest id of the poll before; null when there is none. */
  readonly afterId: number | null;
  /** Raw name of the poll before, where ids are text. */
  readonly afterAnswer?: string;
  /** Ask at this instant (ms since 1970), at most WAIT_MS_MAX from now: the server's own timers may be a second late. */
  readonly dueAtMs?: number;
}

export interface FetchResult {
  readonly raw: Ref;
  readonly name: string;
  readonly fetchedAtMs: number;
  readonly observation: Observation;
}

/** Asks the source once and archives the answer, byte for byte, before anything else. */
export type Fetch = (input: FetchInput) => Promise<FetchResult>;

/** A clock that is off must not hold a poll up for long. */
const WAIT_MS_MAX = 3_000;

export const createFetch =
  ({ source, storage, form }: ActivityDeps, ids = new WindowIds(storage, form.answers)): Fetch =>
  async ({ dataset, afterId, afterAnswer = null, dueAtMs = 0 }) => {
    const pulse = currentPulse();
    const waitMs = Math.min(dueAtMs - Date.now(), WAIT_MS_MAX);
    if (waitMs > 0)
      await pulse.during(sleep(waitMs, undefined, pulse.signal ? { signal: pulse.signal } : {}));
    const answer = await pulse.during(source.poll(pulse.signal));
    const sha256 = sha256Of(answer.body);
    const name = rawName(answer.fetchedAtMs, sha256);
    const key = rawKey(dataset, name);
    const packed = await gzip(answer.body);
    await storage.put(key, packed, { kind: 'absent' }).catch((error: unknown) => {
      // The name holds time and hash: what is there already is this very answer.
      if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
    });
    if (answer.fault !== undefined) throw archivedAs(name, answer.fault);
    const raw = {
      uri: `${storage.uri}/${key}`,
      sha256: sha256Of(packed),
      bytes: packed.length,
      records: answer.envelopes.length,
    };
    const observation = {
      askedAtMs: answer.fetchedAtMs - answer.elapsedMs,
      records: answer.envelopes.length,
      ...(await ids.observe(answer.envelopes, { dataset, name }, { afterId, afterAnswer })),
      bodySha256: sha256,
    };
    return { raw, name, fetchedAtMs: answer.fetchedAtMs, observation };
  };

/**
 * The body was archived although it is no answer: the failure names it, so that the workflow has it carried.
 */
function archivedAs(name: string, { code, kind, message, details }: FernlakeError): FernlakeError {
  return new FernlakeError(code, kind, message, { details: { ...details, raw: name } });
}
