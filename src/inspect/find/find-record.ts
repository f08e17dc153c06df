import pMap from 'p-map';
import { readAnswer } from '../../activities/fetch/answer-reader.js';
import { decodeRow } from '../../dataset/decode.js';
import type { RecordForm } from '../../dataset/form.js';
import type { Hour } from '../../dataset/hour.js';
import type { QuarantineReason } from '../../dataset/reason.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { readRaw } from '../../lake/answers.js';
import { eachQuarantined } from '../../lake/counts.js';
import { openFrom, sealedFrom } from '../../lake/hours.js';
import { quarantineKey, rawKey, rawNameOf, rawPrefix, tableKey } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import { readLedger } from '../../lake/ledgers.js';
import { rawNameAt } from '../../lake/names.js';
import { valueOf } from '../../lake/outcome.js';
import type { Quarantined } from '../../lake/quarantine-entry.js';
import { readQuarantine } from '../../lake/quarantine.js';
import { eachIdOfObject } from '../../lake/rows.js';
import { eachIdOfSegment, readSegments } from '../../lake/segments.js';
import type { Storage } from '../../storage/port.js';
import { likelyLedgers, speaksOf } from './candidates.js';

/** What became of one record, as the lake tells it. */
export interface RecordStory {
  readonly id: RecordId;
  /**
   * `landed`: a row of a sealed hour. `waiting`: archived, its hour not sealed yet. `quarantined`: it could not land. `missing`: it lies
   * between ids that came, and never did. `unseen`: no answer in the archive shows it, and no ledger misses it.
   */
  readonly outcome: 'landed' | 'waiting' | 'quarantined' | 'missing' | 'unseen';
  /** The hour of its event where it landed or waits; of a missing id, the hour that it is charged to. */
  readonly hour: Hour | null;
  /** The object that holds its row. */
  readonly object: string | null;
  /** The revision that the hour has now, and when that was sealed. */
  readonly revision: number | null;
  readonly sealedAt: string | null;
  /** The record as it came, as JSON. */
  readonly record: string | null;
  /** Its appearances in quarantine. */
  readonly quarantined: readonly {
    readonly reason: QuarantineReason;
    readonly detail: string;
    readonly raw: string;
    readonly index: number;
  }[];
  /** Of a missing id: the ids around it that did come. */
  readonly between: readonly [number, number] | null;
  /** The answers that showed it, in the order of their arrival: its keys in the archive, and its position there. */
  readonly answers: readonly { readonly key: string; readonly index: number }[];
  /** The highest id that a sealed hour knows: what lies behind it may still come. */
  readonly newestId: RecordId | null;
}

export interface FindInput {
  readonly storage: Storage;
  readonly dataset: string;
  /** Of what is in no ledger. */
  readonly form: RecordForm;
  readonly formOfLedger: (ledger: Ledger) => Promise<RecordForm>;
  readonly nowMs: number;
  readonly onProgress?: (what: string, done: number) => void;
}

const READS_AT_ONCE = 32;

/**
 * Looks where ids that ascend with time have it, which takes some dozens of reads; then in what is not sealed yet; and only if it is in
 * neither, through every ledger and all of quarantine.
 */
export async function findRecord(input: FindInput, id: RecordId): Promise<RecordStory> {
  const { storage, dataset, nowMs } = input;
  const likely = await likelyLedgers(storage, dataset, id, nowMs);
  const newest = likely.reduce<Ledger | undefined>((a, b) => (a && a.hour > b.hour ? a : b), undefined);
  const newestId = newest?.ids.last ?? null;
  const story = (found: Partial<RecordStory> & Pick<RecordStory, 'outcome'>): RecordStory => ({
    ...{ id, hour: null, object: null, revision: null, sealedAt: null, record: null },
    ...{ quarantined: [], between: null, answers: [], newestId },
    ...found,
  });
  const found =
    (await amongLedgers(input, id, likely)) ??
    (await unsealed(input, id, newest)) ??
    (await everywhere(input, id, new Set(likely.map(({ hour }) => hour))));
  return story(found ?? { outcome: 'unseen' });
}

type Found = Partial<RecordStory> & Pick<RecordStory, 'outcome'>;

async function amongLedgers(
  input: FindInput,
  id: RecordId,
  ledgers: readonly Ledger[],
): Promise<Found | undefined> {
  for (const ledger of ledgers) {
    if (!speaksOf(ledger, id)) continue;
    const found = (await landedIn(input, id, ledger)) ?? missingIn(id, ledger);
    if (found) return found;
  }
  // A record that cannot be opened has no hour: its neighbours' answers show it.
  for (const ledger of ledgers) {
    if (!speaksOf(ledger, id)) continue;
    const answers = await answersWith(input, id, ledger.raw.map(rawNameOf));
    const quarantined = await quarantinedOf(input, id, answers);
    if (quarantined.length > 0)
      return { outcome: 'quarantined', quarantined, answers: answers.map(asKey(input)) };
  }
  return undefined;
}

async function landedIn(input: FindInput, id: RecordId, ledger: Ledger): Promise<Found | undefined> {
  const { storage, dataset } = input;
  const { hour, revision, sealedAt } = ledger;
  const form = await input.formOfLedger(ledger);
  let row: string | undefined;
  await eachIdOfObject(storage, tableKey(dataset, hour), form, (found, { bytes, from, end }) => {
    if (found === id) row = bytes.toString('utf8', from, end);
  });
  if (row === undefined) return undefined;
  const answers = await answersWith(input, id, ledger.raw.map(rawNameOf));
  return {
    ...{ outcome: 'landed', hour, revision, sealedAt, object: tableKey(dataset, hour) },
    record: decodeRow(row, form),
    quarantined: await quarantinedOf(input, id, answers),
    answers: answers.map(asKey(input)),
  };
}

function missingIn(id: RecordId, { ids, hour, revision, sealedAt }: Ledger): Found | undefined {
  const range = ids.missing.find(([from, to]) => typeof id === 'number' && from <= id && id <= to);
  if (!range) return undefined;
  return { outcome: 'missing', hour, revision, sealedAt, between: [range[0] - 1, range[1] + 1] };
}

/** In what arrived since the answers of the newest sealed hour. */
async function unsealed(
  input: FindInput,
  id: RecordId,
  newest: Ledger | undefined,
): Promise<Found | undefined> {
  const { storage, dataset } = input;
  // Hours overlap in the archive: an answer before the last one of the newest hour may be of another, open one.
  const startAfter = newest?.raw[0];
  const names: string[] = [];
  for await (const key of storage.keys(rawPrefix(dataset), startAfter ? { startAfter } : {})) {
    const name = rawNameAt(dataset, key);
    if (name !== undefined) names.push(name);
  }
  const answers = await answersWith(input, id, names);
  if (answers.length === 0) return undefined;
  const shown = { answers: answers.map(asKey(input)), quarantined: await quarantinedOf(input, id, answers) };
  for await (const hour of openFrom(storage, dataset, ''))
    if (await isInSegments(input, id, hour)) return { outcome: 'waiting', hour, ...shown };
  return { outcome: shown.quarantined.length > 0 ? 'quarantined' : 'waiting', ...shown };
}

async function isInSegments({ storage, dataset }: FindInput, id: RecordId, hour: Hour): Promise<boolean> {
  for (const segment of (await readSegments(storage, dataset, hour)).whole) {
    let isThere = false;
    await eachIdOfSegment(segment, (each) => {
      isThere ||= each === id;
    });
    if (isThere) return true;
  }
  return false;
}

/** For ids that do not ascend with time. */
async function everywhere(
  input: FindInput,
  id: RecordId,
  seen: ReadonlySet<Hour>,
): Promise<Found | undefined> {
  const { storage, dataset, onProgress } = input;
  let done = 0;
  for await (const hour of sealedFrom(storage, dataset, '')) {
    onProgress?.('hours', (done += 1));
    if (seen.has(hour)) continue;
    const ledger = valueOf(await readLedger(storage, dataset, hour))?.ledger;
    const found =
      ledger && ((speaksOf(ledger, id) && (await landedIn(input, id, ledger))) || missingIn(id, ledger));
    if (found) return found;
  }
  const entries: Quarantined[] = [];
  let looked = 0;
  await eachQuarantined(storage, dataset, (_, entry) => {
    onProgress?.('quarantined records', (looked += 1));
    if (entry.id === id) entries.push(entry);
  });
  if (entries.length === 0) return undefined;
  return {
    outcome: 'quarantined',
    quarantined: entries.map(placed),
    answers: entries.map(asKey(input)),
  };
}

interface Appearance {
  readonly raw: string;
  readonly index: number;
}

const asKey =
  ({ dataset }: FindInput) =>
  ({ raw, index }: Appearance): RecordStory['answers'][number] => ({ key: rawKey(dataset, raw), index });

/** Where the answers of these names show the id. One that is gone or damaged shows nothing: `verify` names it. */
async function answersWith(
  { storage, dataset, form, onProgress }: FindInput,
  id: RecordId,
  names: readonly string[],
): Promise<Appearance[]> {
  let done = 0;
  const found = await pMap(
    names,
    async (raw) => {
      const body = valueOf(await readRaw(storage, dataset, raw));
      onProgress?.('answers', (done += 1));
      const elements = body === undefined ? [] : readAnswer(body, form.answers).elements;
      return elements.flatMap((element, index) =>
        (element as Readonly<Record<string, unknown>> | null)?.[form.answers.idField] === id
          ? [{ raw, index }]
          : [],
      );
    },
    { concurrency: READS_AT_ONCE },
  );
  return found.flat();
}

/** Without what a reader of many needs besides. */
const placed = ({ reason, detail, raw, index }: Quarantined): RecordStory['quarantined'][number] => ({
  ...{ reason, detail, raw, index },
});

async function quarantinedOf(
  { storage, dataset }: FindInput,
  id: RecordId,
  answers: readonly Appearance[],
): Promise<RecordStory['quarantined']> {
  const names = [...new Set(answers.map(({ raw }) => raw))];
  const isShown = new Set(answers.map(({ raw, index }) => `${raw} ${index}`));
  const found = await pMap(names, (raw) => readQuarantine(storage, quarantineKey(dataset, raw)), {
    concurrency: READS_AT_ONCE,
  });
  return found
    .flatMap((entries) => valueOf(entries) ?? [])
    .filter((entry) => entry.id === id || isShown.has(`${entry.raw} ${entry.index}`))
    .map(placed);
}

/** The id that somebody types: a number where ids of this dataset are, or may be; a text in quotes is a text. */
export function parseId(text: string, { answers: { idType } }: RecordForm): RecordId | undefined {
  const quoted = /^"(.+)"$/s.exec(text)?.[1];
  if (idType === 'text') return quoted ?? text;
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && String(number) === text) return number;
  return idType === 'integer' || text === '' ? undefined : (quoted ?? text);
}

/** Whether an id that nobody has seen may still come. */
export const isAhead = ({ id, newestId }: RecordStory): boolean =>
  newestId === null || compareIds(id, newestId) > 0;
