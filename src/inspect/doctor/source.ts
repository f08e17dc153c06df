import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { rawName } from '../../lake/keys.js';
import { readRecord } from '../../dataset/record.js';
import { decryptWindow } from '../../activities/decrypt/window.js';
import type { Answer, Source } from '../../activities/fetch/port.js';
import { attempt, type Check, failed, ok, skipped, warning } from './check.js';
import { checkPace } from './pace.js';

const QUIET_MS = 15 * 60_000;
const AHEAD_MS_MAX = 60_000;

/** What one answer of the source shows. Nothing of it is stored. */
interface Seen {
  readonly answer: Answer;
  readonly records: number;
  readonly newestId: number | null;
  /** How many tokens each key opens, by its id. */
  readonly keys: ReadonlyMap<string, number>;
  /** What would go to quarantine, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly eventsMs: readonly number[];
}

/** Asks once. The lines: the answer, the keys, the newest event's time, the pace. */
export async function checkSource(
  source: Source,
  keyRing: () => Promise<KeyRing>,
  config: Config,
): Promise<Check[]> {
  let seen: Seen | undefined;
  const answered = await attempt('source', async () => {
    const answer = await source.poll();
    seen = look(answer, await keyRing(), config);
    const { records, newestId } = seen;
    const what = `${records} records in ${answer.elapsedMs} ms`;
    return newestId === null
      ? warning('source', `${what}`, 'without a record nothing can be judged: try again when there are some')
      : ok('source', `${what}, the newest has id ${newestId}`);
  });
  if (seen === undefined || seen.newestId === null) {
    return [answered, ...['keys', 'events', 'pace'].map((name) => skipped(name, 'an answer with records'))];
  }
  const { pollMinMs, pollMaxMs, pollMode } = config;
  return [
    answered,
    checkKeys(seen, (await keyRing()).keyIds),
    checkEvents(seen),
    checkPace(
      { eventsMs: seen.eventsMs, elapsedMs: seen.answer.elapsedMs },
      pollMode === 'fixed' ? pollMaxMs : pollMinMs,
    ),
  ];
}

function look(answer: Answer, ring: KeyRing, { urls }: Config): Seen {
  const name = rawName(answer.fetchedAtMs, createHash('sha256').update(answer.body).digest('hex'));
  const { records, refusals } = decryptWindow(name, answer.envelopes, ring);
  const keys = new Map<string, number>();
  const refused = new Map<string, number>();
  const add = (counts: Map<string, number>, what: string): void =>
    void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const { reason } of refusals) add(refused, reason);
  const eventsMs: number[] = [];
  let newestId: number | null = null;
  for (const { id, key, plaintext } of records) {
    add(keys, key);
    newestId = Math.max(newestId ?? id, id);
    const outcome = readRecord(plaintext, id, { arrivalMs: answer.fetchedAtMs, urls });
    if (outcome.ok) eventsMs.push(outcome.eventMs);
    else add(refused, outcome.reason);
  }
  if (newestId === null && answer.envelopes.length > 0) newestId = newestIdOf(answer.envelopes);
  return { answer, records: answer.envelopes.length, newestId, keys, refused, eventsMs };
}

/** Where no token opens, ids are still to be seen. */
function newestIdOf(envelopes: readonly unknown[]): number | null {
  const ids = envelopes.map((one) => Number((one as { recordId?: unknown } | null)?.recordId));
  return ids.filter(Number.isSafeInteger).reduce<number | null>((a, b) => Math.max(a ?? b, b), null);
}

function checkKeys({ keys, refused, records }: Seen, keyIds: readonly string[]): Check {
  const name = 'keys';
  const known = `${keyIds.length === 1 ? 'the key is' : 'the keys are, newest first,'} ${keyIds.join(', ')}`;
  if (keys.size === 0) {
    return failed(
      name,
      `no token opens (${known})`,
      'set the key of this source in FERNET_KEYS or FERNET_KEYS_FILE; until then all of it goes to quarantine',
    );
  }
  const opened = [...keys].map(([id, n]) => `${id} opens ${n} of ${records}`).join(', ');
  if (refused.size === 0) return ok(name, opened);
  const reasons = [...refused].map(([reason, n]) => `${n} ${reason}`).join(', ');
  return warning(
    name,
    `${opened}; to quarantine would go ${reasons}`,
    'put a key that is missing behind the others in FERNET_KEYS, then `npx fernlake quarantine redrive`',
  );
}

function checkEvents({ eventsMs, answer }: Seen): Check {
  const name = 'events';
  if (eventsMs.length === 0) return skipped(name, 'a record that can be read');
  const newestMs = eventsMs.reduce((a, b) => Math.max(a, b));
  const ageMs = answer.fetchedAtMs - newestMs;
  const when = `the newest is of ${new Date(newestMs).toISOString()}`;
  if (ageMs < -AHEAD_MS_MAX) {
    return warning(
      name,
      `${when}, ${seconds(-ageMs)} ahead of this machine's clock`,
      'its hours wait for this clock: look at the source (or at the line `clock`)',
    );
  }
  if (ageMs > QUIET_MS) {
    return warning(
      name,
      `${when}, ${seconds(ageMs)} ago`,
      'the source stands still or shows old records: their hours close by FERNLAKE_IDLE',
    );
  }
  return ok(name, `${when}, ${seconds(Math.max(0, ageMs))} ago`);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
