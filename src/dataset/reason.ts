import type { RecordId } from './record-id.js';

/** Why a record is in quarantine. Stable names: ledgers, metrics and the quarantine objects hold them. */
export const QUARANTINE_REASONS = {
  'malformed-envelope':
    "the array's element is no object with an id and a record where the dataset has them (`recordId`, `data`), of the right types",
  'unreadable-answer':
    'the answer is no JSON array at all; the archive has its bytes, and `reprocess` tries it again',
  undecryptable: 'bad base64, version, MAC or padding, or no key for it',
  'not-a-record': 'the plaintext is no dict, or not written as declared',
  'missing-field': 'a declared field that is not optional is not there',
  'wrong-type': 'a declared field, or member of one, has another type, or is null and not optional',
  'undeclared-field': 'a field that nobody declared, where `other_columns` is `quarantine`',
  'id-mismatch': "the record's own id is not the one that the element around it names",
  'unsafe-integer':
    'an id beyond 2^53 - 1, where JSON readers start to round, or another integer beyond 64 bits',
  'bad-time': 'the time of the event is not written as declared, or never was, or can be read in two ways',
  'future-time': 'the time of the event is over a day after the arrival',
  'reserved-field': 'a top-level field is named like a partition key: `year`, `month`, `day` or `hour`',
  'ambiguous-field': 'a field twice, or one that differs from another or from a column only by case',
  unrepresentable: 'what JSON text cannot hold: lone surrogates, tuples, bytes, infinite numbers, too deep',
  'too-large': 'the plaintext is over `recordBytesMax`',
  'too-many-hours':
    'the answer shows more event hours than `answerHoursMax`, and this record is of a further one',
  'conflicting-duplicate': 'the same id with other content than the one that came first',
} as const satisfies Record<string, string>;

export type QuarantineReason = keyof typeof QUARANTINE_REASONS;

/**
 * What has to change before a redrive can land a record that was refused for a reason: a `key` that is missing, the `rules`
 * (a newer fernlake, another setting), or `nothing`, since another record has its place.
 */
export type LandsWith = 'key' | 'rules' | 'nothing';

const NOT_BY_RULES: Readonly<Partial<Record<string, LandsWith>>> = {
  undecryptable: 'key',
  'conflicting-duplicate': 'nothing',
} satisfies Partial<Record<QuarantineReason, LandsWith>>;

/** A reason that only a newer fernlake knows counts as one of the rules. */
export const landsWith = (reason: string): LandsWith => NOT_BY_RULES[reason] ?? 'rules';

const MENDS: Readonly<Record<LandsWith, string>> = {
  key: 'add the key that encrypted them at the end of record.keys in fernlake.yaml, or of FERNET_KEYS, then land them with npx fernlake quarantine redrive',
  rules:
    'a redrive helps only once a newer fernlake, or another setting, accepts them; until then, ask the owner of the source',
  nothing: 'nothing lands them: another record with the same id came first. Tell the owner of the source',
};

/** What to do about records in quarantine for these reasons; only what can help. */
export function mendsOf(reasons: Iterable<string>): { reasons: readonly string[]; mend: string }[] {
  const byMend = new Map<LandsWith, string[]>();
  for (const reason of reasons) {
    const which = landsWith(reason);
    byMend.set(which, [...(byMend.get(which) ?? []), reason]);
  }
  return (['key', 'rules', 'nothing'] as const).flatMap((which) => {
    const found = byMend.get(which);
    return found ? [{ reasons: found, mend: MENDS[which] }] : [];
  });
}

/** One line of a quarantine object. `raw` is the raw name, `index` the position in that answer's array. */
export interface QuarantineEntry {
  readonly reason: QuarantineReason;
  /** The field and the rule, in words. Never the record's content. */
  readonly detail: string;
  readonly raw: string;
  readonly index: number;
  readonly envelope: unknown;
  /** Of the envelope, where that does not tell it as `recordId`. */
  readonly id?: RecordId;
}

/** An element of an answer that is refused. Its envelope is read from the archive where the quarantine object is written. */
export interface Refusal {
  readonly raw: string;
  readonly index: number;
  readonly reason: QuarantineReason;
  readonly detail: string;
}

/** The same where it is known of which answer. */
export type RefusedElement = Omit<Refusal, 'raw'>;
