import type { FailureCode, FailureKind } from '../../../src/errors.js';
import type { QuarantineReason } from '../../../src/dataset/reason.js';
import { makeRecord, type SampleRecord } from '../record.js';
import type { RawAnswer } from '../respond.js';
import { createMint, type Mint } from '../token.js';
import type { Envelope } from '../window.js';

/** A wrong answer, and what fernlake must make of it. */
export interface Lie {
  readonly name: string;
  /** What is served, as a sentence's end: "serves …". */
  readonly serves: string;
  readonly expected: Expectation;
  answer(stage: Stage): RawAnswer;
}

/** Either the poll fails, or the answer is taken and every record of it ends in exactly one of the three. */
export type Expectation =
  | {
      readonly kind: 'failure';
      readonly code: FailureCode;
      readonly failure: FailureKind;
      /** What becomes of the body, which is archived: of a status other than 2xx, and of a body without an end, nothing is. */
      readonly kept?: Omit<Extract<Expectation, { kind: 'taken' }>, 'kind'>;
    }
  | {
      readonly kind: 'taken';
      readonly landed: number;
      readonly duplicates: number;
      readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
    };

/** Where a lie plays: ids and times of its own, so that one campaign can serve them all to one lake. */
export interface StageOptions {
  readonly key: string;
  readonly firstId: number;
  /** Event time of the lie's first record. */
  readonly eventMs: number;
  readonly nowMs: number;
}

export interface Stage extends StageOptions {
  readonly mint: Mint;
  /** Good record number `i` (from 0) of the lie, with id `firstId + i`. */
  record(i: number): SampleRecord;
  /** The envelope of any text, under the id `firstId + i`. */
  envelope(i: number, plaintext: string): Envelope;
  /** The envelope of good record number `i`. */
  good(i: number): Envelope;
}

/** Good records that stand around the bad one: 4 before it, 5 after. */
export const GOOD = 9;
/** Number of the bad record. */
export const BAD = 4;

const SEED = 99;

export function createStage(options: StageOptions): Stage {
  const mint = createMint(options.key);
  const generated = (i: number): ReturnType<typeof makeRecord> =>
    makeRecord(SEED, i, options.firstId + i, options.eventMs + i * 300);
  const envelope = (i: number, plaintext: string): Envelope => ({
    recordId: options.firstId + i,
    ArrivalTimeStamp: (options.eventMs + i * 300) / 1000,
    data: mint(plaintext, options.nowMs),
  });
  const good = (i: number): Envelope => envelope(i, generated(i).plaintext);
  return { ...options, mint, envelope, good, record: (i) => generated(i).record };
}

/** A lie that fails the poll. */
export function failing(
  name: string,
  serves: string,
  [code, failure]: readonly [FailureCode, FailureKind],
  answer: (stage: Stage) => RawAnswer,
): Lie {
  return { name, serves, expected: { kind: 'failure', code, failure }, answer };
}

/** A lie that fails the poll, and of which the body is archived and counted. */
export function kept(
  name: string,
  serves: string,
  [code, failure]: readonly [FailureCode, FailureKind],
  answer: (stage: Stage) => RawAnswer,
  { landed = 0, quarantined = { 'unreadable-answer': 1 } }: Partial<NonNullable<Kept>> = {},
): Lie {
  const expected: Expectation = {
    kind: 'failure',
    code,
    failure,
    kept: { landed, duplicates: 0, quarantined },
  };
  return { name, serves, expected, answer };
}

type Kept = Extract<Expectation, { kind: 'failure' }>['kept'];

/** One element that goes to quarantine among nine good records that land. `bad` gives its JSON text or its value. */
export function quarantined(
  name: string,
  serves: string,
  reason: QuarantineReason,
  bad: (stage: Stage) => unknown,
): Lie {
  const expected: Expectation = { kind: 'taken', landed: GOOD, duplicates: 0, quarantined: { [reason]: 1 } };
  return { name, serves, expected, answer: (stage) => among(stage, bad(stage)) };
}

/** One element that looks odd, and lands like the nine around it. */
export function landing(name: string, serves: string, odd: (stage: Stage) => unknown): Lie {
  const expected: Expectation = { kind: 'taken', landed: GOOD + 1, duplicates: 0, quarantined: {} };
  return { name, serves, expected, answer: (stage) => among(stage, odd(stage)) };
}

/** An answer in an odd form, of which every record lands. */
export function landingAll(name: string, serves: string, answer: (stage: Stage) => RawAnswer): Lie {
  const expected: Expectation = { kind: 'taken', landed: GOOD + 1, duplicates: 0, quarantined: {} };
  return { name, serves, expected, answer };
}

/** JSON text to be served letter by letter, for what JSON.stringify would never write. */
export class JsonText {
  constructor(readonly text: string) {}
}

function among(stage: Stage, element: unknown): RawAnswer {
  const elements = Array.from({ length: GOOD + 1 }, (_, i) => (i === BAD ? element : stage.good(i)));
  const texts = elements.map((each) => (each instanceof JsonText ? each.text : JSON.stringify(each)));
  return { body: `[${texts.join(',')}]` };
}
