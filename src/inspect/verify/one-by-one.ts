import { decryptTokens } from '../../activities/decrypt/fernet.js';
import { readPlaced, recordPlaces } from '../../activities/fetch/answer-reader.js';
import { type KeyRing, NO_KEY } from '../../dataset/fernet-keys.js';
import type { Hour } from '../../dataset/hour.js';
import { LIMITS } from '../../limits.js';
import { arrivalMs } from '../../lake/keys.js';
import type { Refusal } from '../../dataset/reason.js';
import { type AnswerForm, readEnvelope } from '../../dataset/envelope.js';
import type { RecordId } from '../../dataset/record-id.js';
import { readRecord } from '../../dataset/record.js';
import type { Entry } from '../../lake/segment.js';
import type { RecordForm } from '../../dataset/form.js';

/**
 * Reads an answer record by record, as objects: slow, short, and with none of the code that carries answers
 * in large numbers (src/activities/decrypt, src/activities/compact). `verify` computes hours by it, and tests
 * hold the fast code against it.
 */

/** One record in the clear. Lives in memory and in staging, nowhere else. */
export interface PlainRecord {
  readonly index: number;
  readonly id: RecordId;
  readonly key: string;
  readonly plaintext: Buffer;
}

export interface DecryptedWindow {
  readonly raw: string;
  readonly records: readonly PlainRecord[];
  readonly refusals: readonly Refusal[];
}

export interface HourEntry extends Entry {
  readonly hour: Hour;
}

export interface CompactedWindow {
  readonly raw: string;
  readonly context?: boolean | undefined;
  /** Records with a readable hour; those refused for another reason are among them, with the reason. */
  readonly entries: readonly HourEntry[];
  readonly refusals: readonly Refusal[];
  readonly newestEventMs: number | null;
}

/**
 * Opens every record of one archived answer. One bad record never stops the others. `plainOf`: the bytes of a record that is an object
 * of the answer.
 */
export function decryptWindow(
  raw: string,
  envelopes: readonly unknown[],
  ring: KeyRing,
  form: AnswerForm,
  plainOf: (index: number) => Buffer = () => Buffer.alloc(0),
): DecryptedWindow {
  const refusals: Refusal[] = [];
  const whole: { readonly index: number; readonly id: RecordId; readonly payload: string | null }[] = [];
  envelopes.forEach((element, index) => {
    const envelope = readEnvelope(element, form);
    if (envelope.ok) whole.push({ index, id: envelope.id, payload: envelope.payload });
    else refusals.push({ raw, index, reason: envelope.reason, detail: envelope.detail });
  });
  const records: PlainRecord[] = [];
  if (!form.isEncrypted) {
    for (const { index, id, payload } of whole)
      records.push({
        index,
        id,
        key: NO_KEY,
        plaintext: payload === null ? plainOf(index) : Buffer.from(payload),
      });
    return { raw, records, refusals };
  }
  const tokens = whole.map(({ payload }) => payload ?? '');
  decryptTokens(ring, tokens).forEach((outcome, i) => {
    const { index, id } = whole[i]!;
    if (!outcome.ok) refusals.push({ raw, index, reason: 'undecryptable', detail: outcome.detail });
    else records.push({ index, id, key: outcome.keyId, plaintext: outcome.plaintext });
  });
  return { raw, records, refusals };
}

/** The bytes of each record that is an object of this answer. */
export function plainsOf(body: Buffer, form: AnswerForm): (index: number) => Buffer {
  if (form.isEncrypted) return () => Buffer.alloc(0);
  const { text } = readPlaced(body, form);
  const places = recordPlaces(text, form);
  return (index) => text.subarray(...(places[index] ?? [0, 0]));
}

/** Reads and compacts the plaintexts of one answer. `hoursMax`: the hours that come first in it are carried. */
export function compactWindow(
  window: DecryptedWindow,
  form: RecordForm,
  hoursMax: number = LIMITS.answerHoursMax,
): CompactedWindow {
  const hours = new Set<Hour>();
  const refusals = [...window.refusals];
  const entries: HourEntry[] = [];
  let newestEventMs: number | null = null;
  for (const { index, id, key, plaintext } of window.records) {
    const outcome = readRecord(plaintext, id, form, arrivalMs(window.raw));
    const entry = { id, raw: window.raw, index, key };
    if (outcome.hour && !hours.has(outcome.hour) && hours.size === hoursMax) {
      refusals.push({
        raw: window.raw,
        index,
        reason: 'too-many-hours',
        detail: `over ${hoursMax} event hours in one answer`,
      });
      continue;
    }
    if (outcome.hour) hours.add(outcome.hour);
    if (outcome.ok) {
      entries.push({ ...entry, hour: outcome.hour, jsonBytes: outcome.jsonBytes, row: outcome.row });
      newestEventMs = Math.max(newestEventMs ?? outcome.eventMs, outcome.eventMs);
    } else {
      refusals.push({ raw: window.raw, index, reason: outcome.reason, detail: outcome.detail });
      if (outcome.hour) entries.push({ ...entry, hour: outcome.hour, jsonBytes: 0, reason: outcome.reason });
    }
  }
  return { raw: window.raw, entries, refusals, newestEventMs };
}

/** Entries by event hour, hours ascending. */
export function groupByHour(entries: readonly HourEntry[]): Map<Hour, HourEntry[]> {
  const groups = new Map<Hour, HourEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.hour);
    if (group) group.push(entry);
    else groups.set(entry.hour, [entry]);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}
