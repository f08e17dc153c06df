/** What the benches run on. A name says the size; the same name is the same bytes on every machine. */
export interface DatasetSpec {
  readonly name: DatasetName;
  /** `tokens`: one token a line in `tokens.txt`. `archive`: a lake under `lake/` that holds nothing but `raw/`. */
  readonly kind: 'tokens' | 'archive';
  readonly records: number;
  /** Records in an answer. */
  readonly window: number;
  /** Records that an answer has and the one before has not. Below `window`, answers overlap as they do in life. */
  readonly step: number;
  /** The records' event times are spread over so long. */
  readonly spanMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Midnight of an ordinary day, and the start of every dataset. */
export const START_MS = Date.parse('2026-03-02T00:00:00.000Z');
export const SEED = 8;
/** Changes with whatever changes the bytes. */
export const DATA_VERSION = 1;
export const DATASET = 'logs';

const TOKENS = { kind: 'tokens', window: 100, step: 100, spanMs: DAY_MS } as const;
/** Each record in one answer: `records` records are `records` tokens. */
const DAY = { kind: 'archive', window: 100, step: 100, spanMs: DAY_MS } as const;
/** A source of 1,400 records a second shows more than 100 at once; whoever polls it would ask 14 times a second else. */
const HOUR = { kind: 'archive', window: 1_000, step: 1_000, spanMs: HOUR_MS } as const;

const SPECS = {
  'tokens-10k': { ...TOKENS, records: 10_000 },
  'tokens-100k': { ...TOKENS, records: 100_000 },
  'tokens-1m': { ...TOKENS, records: 1_000_000 },
  'tokens-10m': { ...TOKENS, records: 10_000_000 },
  'day-10k': { ...DAY, records: 10_000 },
  'day-100k': { ...DAY, records: 100_000 },
  'day-1m': { ...DAY, records: 1_000_000 },
  'day-10m': { ...DAY, records: 10_000_000 },
  /** As the pace leaves it: half of every answer was in the one before. Two tokens a record. */
  'day-1m-overlap': { ...DAY, records: 1_000_000, step: 50 },
  /** Twenty days of 250 records an hour: so many hours that eight workers share them without much of an end. */
  'weeks-120k': { ...DAY, records: 120_000, spanMs: 20 * DAY_MS },
  /** For a look whether all works. */
  'hour-1k': { ...HOUR, window: 100, step: 100, records: 1_000 },
  'hour-50k': { ...HOUR, records: 50_000 },
  'hour-500k': { ...HOUR, records: 500_000 },
  'hour-5m': { ...HOUR, records: 5_000_000 },
} as const satisfies Record<string, Omit<DatasetSpec, 'name'>>;

export type DatasetName = keyof typeof SPECS;
export const DATASET_NAMES = Object.keys(SPECS) as DatasetName[];

export const isDatasetName = (text: string): text is DatasetName => Object.hasOwn(SPECS, text);
export const specOf = (name: DatasetName): DatasetSpec => ({ name, ...SPECS[name] });

/** Answers that show every record at least once. */
export const answersOf = ({ records, window, step }: DatasetSpec): number =>
  1 + Math.max(0, Math.ceil((records - window) / step));

/** Records number `from` up to `to`, excluded, stand in answer number `answer`. */
export function recordsOf(spec: DatasetSpec, answer: number): { readonly from: number; readonly to: number } {
  const from = answer * spec.step;
  return { from, to: Math.min(from + spec.window, spec.records) };
}
