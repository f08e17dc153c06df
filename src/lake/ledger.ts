import { isDefinitionHash } from '../dataset/definition.js';
import { type Hour, parseHour } from '../dataset/hour.js';
import { countIds, type IdRange } from './id-ranges.js';
import { isRawKey } from './keys.js';
import type { QuarantineReason } from '../dataset/reason.js';
import type { RecordId } from '../dataset/record-id.js';

export type QuarantineCounts = Readonly<Partial<Record<QuarantineReason, number>>>;

/**
 * What is known of one event hour. Counts are of appearances in the archive (windows overlap, so a record appears about
 * twice): `seen = landed + duplicates + quarantined + erased`, always.
 */
export interface Ledger {
  /** FERNLAKE_DATASET. */
  readonly dataset: string;
  /** The event hour in UTC, such as `2023-04-20T13`. */
  readonly hour: Hour;
  /** 1 for the first seal; one more each time late records changed the hour. */
  readonly revision: number;
  /** When this revision was written, ISO 8601. */
  readonly sealedAt: string;
  /** What computed it: the version of the code and of the row form. */
  readonly code: string;
  /** What the rows mean, as declared when they were computed: the name of `definition/<dataset>/<name>.json`. */
  readonly definition: string;
  /** Whether the ids count up without holes, and so tell by themselves what is missing (FERNLAKE_CONTIGUOUS_IDS at the seal). */
  readonly contiguous: boolean;
  /** Appearances of records of this hour in the archive. */
  readonly seen: number;
  /** Rows of the object: one for each record. */
  readonly landed: number;
  /** Appearances of records that had landed already. */
  readonly duplicates: number;
  /** Appearances that could not land, by reason. */
  readonly quarantined: QuarantineCounts;
  /** Appearances of records that were erased. */
  readonly erased: number;
  /** Of `landed`, how many came after the first seal. */
  readonly late: number;
  /** Which ids came, and which did not. */
  readonly ids: LedgerIds;
  /** Landed records over those and the missing ids, 0..1. */
  readonly complete: number;
  /** null when every record of the hour is in quarantine: an hour without rows has no object. */
  readonly object: LedgerObject | null;
  /** The same rows as Parquet, where that is written (FERNLAKE_FORMATS). */
  readonly parquet?: LedgerObject;
  /** Bytes of the landed rows: readable minified JSON lines, compact lines, and the object. */
  readonly sizes: { readonly json: number; readonly compact: number; readonly gzip: number };
  /** Landed rows by the id of the key that opened them. */
  readonly keys: Readonly<Record<string, number>>;
  /** Keys of every raw object that showed a record of this hour, ascending. */
  readonly raw: readonly string[];
}

export interface LedgerIds {
  /** Lowest id seen in the hour, numbers before texts; null when none is known. */
  readonly first: RecordId | null;
  /** Highest id seen in the hour. */
  readonly last: RecordId | null;
  /**
   * Ids that never came. With contiguous ids: those between an id of this hour and the next lower one that came, of whatever hour;
   * so each missing id stands in one ledger, that of the hour of the next higher id that came. Else: those between two answers
   * that stand next to each other in the archive, where the second begins in this hour, behind all that came before.
   */
  readonly missing: readonly IdRange[];
  /** How many ids these are. */
  readonly missingCount: number;
  /**
   * Keys of answers far off in the archive that show ids between those of this hour, which so are not missing; absent where there are
   * none. Whoever computes the hour again reads them, too.
   */
  readonly told?: readonly string[];
}

export interface LedgerObject {
  /** Where it lies in the lake. */
  readonly key: string;
  /** Its size as stored. */
  readonly bytes: number;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
  /** The storage's own mark of this version: what the next revision's write is conditional on. */
  readonly etag: string;
  /** Records in it. */
  readonly rows: number;
}

export type QuarantineTally = Partial<Record<QuarantineReason, number>>;

export function addCounts(to: QuarantineTally, counts: QuarantineCounts): void {
  for (const [reason, n] of Object.entries(counts) as [QuarantineReason, number][])
    to[reason] = (to[reason] ?? 0) + n;
}

/** Sum over all reasons. */
export function quarantinedTotal(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** As stored: indented, since people read it. */
export function encodeLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, null, 2)}\n`;
}

/** Throws SyntaxError for what is not a ledger, or lacks what every reader counts on; whether it is right is another matter. */
export function decodeLedger(text: string): Ledger {
  const value = JSON.parse(text) as Partial<Ledger> | null;
  if (typeof value !== 'object' || value === null || !isWhole(value))
    throw new SyntaxError('not a ledger: it lacks fields');
  return value as Ledger;
}

function isWhole(ledger: Partial<Ledger>): boolean {
  const {
    dataset,
    hour,
    sealedAt,
    definition,
    contiguous,
    revision,
    seen,
    landed,
    duplicates,
    erased,
    late,
  } = ledger;
  const { quarantined, keys, ids, sizes, object, raw } = ledger;
  return (
    typeof dataset === 'string' &&
    parseHour(String(hour)) === hour &&
    Number.isFinite(Date.parse(String(sealedAt))) &&
    isDefinitionHash(definition) &&
    typeof contiguous === 'boolean' &&
    [revision, seen, landed, duplicates, erased, late, ids?.missingCount].every(Number.isSafeInteger) &&
    [quarantined, keys, sizes].every((part) => typeof part === 'object' && part !== null) &&
    ids?.missing?.every?.((range) => range.length === 2 && range.every(Number.isSafeInteger)) === true &&
    (ids?.told === undefined || ids.told.every?.((key) => typeof key === 'string') === true) &&
    (object === null || isObject(object)) &&
    (ledger.parquet === undefined || isObject(ledger.parquet)) &&
    raw?.every?.((key) => typeof key === 'string') === true
  );
}

const isObject = (object: LedgerObject | undefined): boolean =>
  typeof object?.key === 'string' && typeof object.sha256 === 'string' && Number.isSafeInteger(object.bytes);

/** Where a ledger contradicts itself, in words; undefined where it does not. The archive is not asked. */
export function selfContradiction(ledger: Ledger): string | undefined {
  const { seen, landed, duplicates, quarantined, erased, late, ids, object, sizes, keys } = ledger;
  const holds: readonly (readonly [boolean, string])[] = [
    [seen === landed + duplicates + quarantinedTotal(quarantined) + erased, 'its counts do not add up'],
    [late >= 0 && late <= landed, 'more came late than have landed'],
    [ids.missingCount === countIds(ids.missing), 'missingCount is not the count of its missing ids'],
    [ledger.complete === completeness(landed, ids.missingCount), 'complete is not what its counts give'],
    [landed === quarantinedTotal(keys), 'the rows of its keys are not those that have landed'],
    [(object?.rows ?? 0) === landed, 'its object has other rows than have landed'],
    [(object?.bytes ?? 0) === sizes.gzip, 'sizes.gzip is not the bytes of its object'],
    [ledger.raw.every((key) => isRawKey(ledger.dataset, key)), 'it names what is no key of an answer'],
  ];
  return holds.find(([isSo]) => !isSo)?.[1];
}

/** Share of the records that landed, of those that should have. 1 when nothing is known to be missing. */
export function completeness(landed: number, missing: number): number {
  return missing === 0 ? 1 : landed / (landed + missing);
}
