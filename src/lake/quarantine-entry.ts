import { Buffer } from 'node:buffer';
import { LIMITS } from '../limits.js';
import type { AnswerForm } from '../dataset/envelope.js';
import type { QuarantineEntry, QuarantineReason, Refusal } from '../dataset/reason.js';
import { faultOfTextId, idJson, type RecordId } from '../dataset/record-id.js';
import { sha256Of } from '../bytes/sha256.js';

/** What the seal found, added to what stands; ascending by position. */
export function addConflicts(
  stored: readonly QuarantineEntry[],
  conflicts: readonly QuarantineEntry[],
): QuarantineEntry[] {
  const byIndex = new Map(stored.map((entry) => [entry.index, entry]));
  for (const entry of conflicts) byIndex.set(entry.index, entry);
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

/**
 * Replaces an answer's refusals by today's: what can land by now leaves quarantine. `conflicting-duplicate`
 * entries stay, as only the seal can judge them.
 */
export function replaceRefusals(
  stored: readonly QuarantineEntry[],
  refusals: readonly QuarantineEntry[],
): QuarantineEntry[] {
  return addConflicts(
    stored.filter((entry) => entry.reason === 'conflicting-duplicate'),
    refusals,
  );
}

/** How many of `after` are not in `before`, by reason: what a rewrite adds. An appearance that is refused for another reason now is new. */
export function addedReasons(
  before: readonly QuarantineEntry[],
  after: readonly QuarantineEntry[],
): Partial<Record<QuarantineReason, number>> {
  const known = new Set(before.map(({ index, reason }) => `${index} ${reason}`));
  const added: Partial<Record<QuarantineReason, number>> = {};
  for (const { index, reason } of after)
    if (!known.has(`${index} ${reason}`)) added[reason] = (added[reason] ?? 0) + 1;
  return added;
}

/**
 * NDJSON, one entry a line. An envelope is left to the archive where it is nested too deep to be written, too
 * large for a line, or beyond what one object takes: so whoever reads quarantine can hold it in memory.
 */
export function encodeQuarantine(entries: readonly QuarantineEntry[]): string {
  let envelopesBytes = 0;
  const lines = entries.map((entry) => {
    const line = jsonOf(inOrder(entry));
    const bytes = Buffer.byteLength(line);
    const isHeld =
      bytes < LIMITS.quarantineLineBytesMax && envelopesBytes + bytes <= LIMITS.quarantineEnvelopesBytesMax;
    if (isHeld) envelopesBytes += bytes;
    return `${isHeld ? line : jsonOf(withoutEnvelope(inOrder(entry)))}\n`;
  });
  return lines.join('');
}

/** The entry of a refusal whose envelope is this element of an answer; null where that is gone. */
export function entryOf(
  { raw, index, reason, detail }: Refusal,
  envelope: unknown,
  { idField }: AnswerForm,
): QuarantineEntry {
  const entry = { reason, detail, raw, index, envelope };
  const id = idField === ID_FIELD ? null : idFrom(envelope, idField);
  return id === null ? entry : { ...entry, id };
}

/** Whoever reads quarantine need not know how an API names its ids: another name than this is told beside the envelope. */
const ID_FIELD = 'recordId';

/** Its id stays, where it has one: a record is counted once, however often it appeared. */
function withoutEnvelope(entry: QuarantineEntry): QuarantineEntry {
  const id = entry.id === undefined ? idFrom(entry.envelope, ID_FIELD) : null;
  return { ...entry, envelope: id === null ? null : { [ID_FIELD]: id } };
}

const idIn = (entry: Pick<QuarantineEntry, 'id' | 'envelope'>): RecordId | null =>
  idFrom(entry, 'id') ?? idFrom(entry.envelope, ID_FIELD);

function idFrom(holder: unknown, field: string): RecordId | null {
  const id = (holder as Readonly<Record<string, unknown>> | null)?.[field];
  if (typeof id === 'string') return faultOfTextId(id) === undefined ? id : null;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null;
}

function jsonOf(entry: QuarantineEntry): string {
  try {
    return JSON.stringify(entry);
  } catch (error) {
    if (error instanceof RangeError) return JSON.stringify(withoutEnvelope(entry));
    throw error;
  }
}

/** Throws SyntaxError for what is no quarantine object. */
export function decodeQuarantine(text: string): QuarantineEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(decodeQuarantineLine);
}

/** One line of it. */
export function decodeQuarantineLine(line: string): QuarantineEntry {
  const entry = JSON.parse(line) as Partial<QuarantineEntry> | null;
  if (
    typeof entry?.reason !== 'string' ||
    entry.reason.length > WORD_LENGTH_MAX ||
    typeof entry.raw !== 'string' ||
    entry.raw.length > WORD_LENGTH_MAX ||
    !Number.isSafeInteger(entry.index)
  )
    throw new SyntaxError('not a quarantine object: a line is no entry');
  return entry as QuarantineEntry;
}

/** Of a reason or a raw name, which have a few dozen characters. */
const WORD_LENGTH_MAX = 200;

function inOrder({ reason, detail, raw, index, envelope, id }: QuarantineEntry): QuarantineEntry {
  return { reason, detail, raw, index, envelope, ...(id === undefined ? {} : { id }) };
}

/** What is in quarantine, without what the source sent: a line of an object may have a megabyte of that. */
export interface Quarantined {
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly raw: string;
  readonly index: number;
  /** Of the envelope, where one can be read. */
  readonly id: RecordId | null;
  /** The same for every appearance of one record: its id where that is a number, else the SHA-256 of the id, or of what was sent. */
  readonly record: number | string;
}

/** As a reader of many needs it; `same` gives one text for all that are equal. */
export function quarantinedOf(
  { reason, detail, raw, index, envelope, id: own }: QuarantineEntry,
  same: (text: string) => string,
): Quarantined {
  const id = idIn({ envelope, ...(own === undefined ? {} : { id: own }) });
  return {
    reason: same(reason) as QuarantineReason,
    detail: same(String(detail).slice(0, DETAIL_LENGTH_MAX)),
    raw: same(raw),
    index,
    id,
    record: typeof id === 'number' ? id : sha256Of(Buffer.from(id === null ? textOf(envelope) : idJson(id))),
  };
}

/** One that is nested too deep to be written is like no other. */
function textOf(envelope: unknown): string {
  try {
    return JSON.stringify(envelope ?? null);
  } catch {
    return 'too deep';
  }
}

/** Our own words have some dozens of characters. */
const DETAIL_LENGTH_MAX = 400;
