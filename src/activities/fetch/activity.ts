import { setTimeout as sleep } from 'node:timers/promises';
import { gzip } from '../../bytes/gzip.js';
import { arrivalHour, rawHourPrefix, rawKey, rawName, rawNameOf } from '../../lake/keys.js';
import type { ActivityDeps } from '../deps.js';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { sha256Of } from '../../bytes/sha256.js';
import type { Storage } from '../../storage/port.js';
import { currentPulse } from '../pulse.js';
import type { Ref } from '../ref.js';
import type { Observation } from './observation.js';
import { type PageAsked, Pages, type PageSeen } from './page.js';
import { ShownAnswers } from './shown.js';
import { type Asked, type Asking, type GoOn, WAIT_MS_MAX, Watch } from './watch.js';
import { observeIds } from './window-ids.js';

export interface FetchInput {
  readonly dataset: string;
  /** Newest id of the poll before; null when there is none. */
  readonly afterId: number | null;
  /** Raw name of the poll before, where ids are text. */
  readonly afterAnswer?: string;
  /** Ask at this instant (ms since 1970), at most WAIT_MS_MAX from now: the server's own timers may be a second late. */
  readonly dueAtMs?: number;
  /** Ask again and again: the next poll is due before a round through Temporal is over. */
  readonly goOn?: GoOn;
  /** Only of a source that can be asked for more than its newest records. */
  readonly page?: PageAsked;
}

/** One answer, archived. */
export interface Polled {
  readonly raw: Ref;
  readonly name: string;
  readonly fetchedAtMs: number;
  readonly observation: Observation;
  /** As in the input. */
  readonly page?: PageSeen;
}

export interface FetchResult extends Polled {
  /** The polls behind it, each held against the one before. */
  readonly later?: readonly Polled[];
}

/** Asks the source and archives the answer, byte for byte, before anything else. */
export type Fetch = (input: FetchInput) => Promise<FetchResult>;

/** All polls that a call has made, in order. */
export const polledBy = ({ later = [], ...first }: FetchResult): readonly Polled[] => [first, ...later];

export function createFetch(deps: FetchDeps): Fetch {
  const answers = new ShownAnswers(deps.storage, deps.form.answers, deps.source.pages);
  const watches = new Map<string, Watch<Polled>>();
  const watchOf = (dataset: string): Watch<Polled> => {
    const watch = watches.get(dataset) ?? new Watch(askingOf(deps, answers, dataset));
    watches.set(dataset, watch);
    return watch;
  };
  return async ({ dataset, afterId, afterAnswer = null, dueAtMs = 0, goOn, page }) => {
    const pulse = currentPulse();
    if (goOn) {
      const [first, ...later] = await watchOf(dataset).collect(goOn, pulse);
      if (!first) throw new FernlakeError('Bug', 'terminal', 'a poll ended with neither answer nor failure');
      return later.length === 0 ? first : { ...first, later };
    }
    const waitMs = Math.min(dueAtMs - Date.now(), WAIT_MS_MAX);
    if (waitMs > 0)
      await pulse.during(sleep(waitMs, undefined, pulse.signal ? { signal: pulse.signal } : {}));
    const question = { dataset, afterId, afterAnswer, page, signal: pulse.signal };
    return await pulse.during(ask(deps, answers, question).then(({ archived }) => archived));
  };
}

type FetchDeps = Pick<ActivityDeps, 'storage' | 'source' | 'form' | 'ended'>;

const askingOf = (deps: FetchDeps, answers: ShownAnswers, dataset: string): Asking<Polled> => ({
  ended: deps.ended,
  ask: ({ newestId, shownBy }, signal) =>
    ask(deps, answers, { dataset, afterId: newestId, afterAnswer: shownBy, signal }),
  async *namesBehind(name) {
    const startAfter = rawKey(dataset, name);
    for await (const key of deps.storage.keys(rawHourPrefix(dataset, arrivalHour(name)), { startAfter }))
      yield rawNameOf(key);
  },
});

interface Question {
  readonly dataset: string;
  readonly afterId: number | null;
  readonly afterAnswer: string | null;
  readonly page?: PageAsked | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Resolves to what the answer shows; `archived` when it is safe. */
async function ask(
  { source, storage }: FetchDeps,
  answers: ShownAnswers,
  { dataset, afterId, afterAnswer, page: asked, signal }: Question,
): Promise<Asked<Polled>> {
  const pages = new Pages(dataset, answers);
  const question = asked ? await pages.question(asked) : {};
  const answer = await source.poll(signal, question);
  const { body, envelopes, fetchedAtMs } = answer;
  const sha256 = sha256Of(body);
  const name = rawName(fetchedAtMs, sha256);
  const storing = store(storage, rawKey(dataset, name), body);
  // Whoever waits for it hears of its failure; what is done until then must not fail for it.
  storing.catch(() => undefined);
  if (answer.fault !== undefined) {
    await storing;
    throw archivedAs(name, answer.fault);
  }
  const shown = answers.note(dataset, name, body, envelopes);
  const page = asked && (await pages.seen(shown, asked, question));
  const observation = {
    askedAtMs: fetchedAtMs - answer.elapsedMs,
    records: envelopes.length,
    ...(await observeIds(shown, { dataset, name }, { afterId, afterAnswer }, answers)),
    bodySha256: sha256,
  };
  const archived = storing.then((stored) => ({
    raw: { ...stored, records: envelopes.length },
    name,
    fetchedAtMs,
    observation,
    ...(page ? { page } : {}),
  }));
  archived.catch(() => undefined);
  return { name, observation, archived };
}

async function store(storage: Storage, key: string, body: Uint8Array): Promise<Omit<Ref, 'records'>> {
  const packed = await gzip(body);
  await storage.put(key, packed, { kind: 'absent' }).catch((error: unknown) => {
    // The name holds time and hash: what is there already is this very answer.
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  });
  return { uri: `${storage.uri}/${key}`, sha256: sha256Of(packed), bytes: packed.length };
}

/**
 * The body was archived although it is no answer: the failure names it, so that the workflow has it carried.
 */
function archivedAs(name: string, { code, kind, message, details }: FernlakeError): FernlakeError {
  return new FernlakeError(code, kind, message, { details: { ...details, raw: name } });
}
