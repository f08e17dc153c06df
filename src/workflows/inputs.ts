import * as v from 'valibot';
import { faultOfDatasetName } from '../dataset/dataset-name.js';
import { type Hour, parseHour } from '../dataset/hour.js';
import { type HoursByDay, isHoursByDay } from '../dataset/hour-set.js';
import { isLakeId, type LakeName } from '../lake/identity.js';
import { parseCompactTime } from '../lake/keys.js';
import { DURATION_MS_MAX, LIMITS } from '../limits.js';
import type {
  Advance,
  CarryEarlier,
  CarryPiece,
  EtlEarlier,
  EtlMemory,
  EtlReport,
  EtlSettings,
  ReprocessEarlier,
  ReprocessInput,
  ReprocessResult,
  SealEarlier,
  SealInput,
  SealPiece,
} from './messages.js';

/**
 * What workflows and signals take, as schemas: anybody may start a workflow with anything, and a number that is none would
 * let a loop spin. Each has the type of messages.ts, which the compiler holds it to. What is unknown is passed over, so that a
 * worker of an older version takes what a newer one adds.
 */
type SchemaOf<T> = v.GenericSchema<unknown, T>;

/** There are no later dates (ECMA-262, time range). */
const INSTANT_MS_MAX = 8.64e15;
const NAME_CHARACTERS_MAX = 1_024;

const number = v.pipe(v.number('must be a number'), v.finite('must be a finite number'));
const count = v.pipe(number, v.integer('must be a whole number'), v.minValue(0, 'must not be negative'));
const durationMs = v.pipe(
  number,
  v.minValue(0, 'must not be negative'),
  v.maxValue(DURATION_MS_MAX, 'must be at most 100 years in milliseconds'),
);
const moreThanNoTimeMs = v.pipe(durationMs, v.minValue(1, 'must be at least 1'));
const instantMs = v.pipe(
  number,
  v.minValue(-INSTANT_MS_MAX, 'must be an instant in milliseconds since 1970'),
  v.maxValue(INSTANT_MS_MAX, 'must be an instant in milliseconds since 1970'),
);
const flag = v.boolean('must be true or false');
const name = v.pipe(
  v.string('must be a text'),
  v.maxLength(NAME_CHARACTERS_MAX, `must have at most ${NAME_CHARACTERS_MAX} characters`),
);
const dataset = v.pipe(
  name,
  v.check(
    (text) => faultOfDatasetName(text) === undefined,
    ({ input }) => faultOfDatasetName(input) ?? '',
  ),
);
const hour = v.custom<Hour>(
  (text) => typeof text === 'string' && parseHour(text) !== undefined,
  'must be a UTC hour such as 2023-04-20T13',
);
/** The name of a slot, or of an answer, which begins with such a time. Keys are made of these. */
const timeName = v.pipe(
  name,
  v.check(
    (text) => parseCompactTime(text) !== undefined && !text.includes('/'),
    'must begin with a time such as 20230420T131500.000Z',
  ),
);
const object = <const T extends v.ObjectEntries>(entries: T) => v.object(entries, 'must be an object');
const list = <const T extends v.GenericSchema>(item: T) => v.array(item, 'must be a list');
const oneOf = <const T extends readonly string[]>(...values: T) =>
  v.picklist(values, `must be ${values.join(' or ')}`);

const lake = object({
  id: v.pipe(name, v.check(isLakeId, 'must be the id in a lake.json')),
  uri: name,
}) satisfies SchemaOf<LakeName>;

const carrying = {
  dataset,
  lake: v.exactOptional(lake),
  contiguousIds: flag,
  searchAttributes: v.exactOptional(flag),
};
const sealing = { ...carrying, latenessMs: durationMs, idleMs: durationMs };

const etlSettings = v.pipe(
  object({
    ...sealing,
    slotMs: moreThanNoTimeMs,
    pollMinMs: durationMs,
    pollMaxMs: moreThanNoTimeMs,
    pollMode: oneOf('paced', 'fixed'),
    incremental: v.exactOptional(
      object({
        hasStart: flag,
        hasCursor: flag,
        limit: v.nullable(v.pipe(count, v.minValue(1, 'must be at least 1'))),
      }),
    ),
  }),
  v.check(({ pollMinMs, pollMaxMs }) => pollMinMs <= pollMaxMs, 'pollMinMs must not be more than pollMaxMs'),
) satisfies SchemaOf<EtlSettings>;

const pace = object({
  newestId: v.nullable(number),
  shownBy: v.nullable(timeName),
  askedAtMs: v.nullable(instantMs),
  movedAtMs: v.nullable(instantMs),
  ratePerSecond: v.nullable(number),
  window: count,
  intervalMs: durationMs,
  dueAtMs: instantMs,
  stillPolls: count,
  stalledPolls: count,
  bodySha256: v.nullable(name),
});

const mark = object({ id: v.nullable(number), by: v.nullable(timeName) });

const pages = object({
  mark,
  chain: v.nullable(
    object({
      since: mark,
      oldestId: v.nullable(number),
      newest: mark,
      fresh: count,
      pages: count,
      isAscending: v.nullable(flag),
      next: v.nullable(object({ by: timeName, cursor: name })),
      earlier: v.nullable(object({ cursor: name, page: count })),
    }),
  ),
  largest: count,
  isHeeded: v.nullable(flag),
  isStartRefused: flag,
  cursorsRefused: count,
});

const down = object({
  sinceMs: instantMs,
  refusals: count,
  code: name,
  why: v.string('must be a text'),
  quietUntilMs: v.nullable(instantMs),
});

const memory = object({
  pace,
  pages: v.exactOptional(pages),
  down: v.nullable(down),
  processedThroughMs: v.nullable(instantMs),
  processed: list(timeName),
  watermarkMs: v.nullable(instantMs),
  open: list(hour),
  quiet: list(hour),
  quietSinceMs: v.nullable(instantMs),
}) satisfies SchemaOf<EtlMemory>;

const report = object({
  slot: name,
  kind: oneOf('live', 'backfill'),
  polls: count,
  fresh: count,
  lost: list(object({ from: number, to: number })),
  lostCount: count,
  batches: count,
  records: count,
  quarantined: count,
  hours: list(hour),
  ratePerSecond: v.nullable(number),
}) satisfies SchemaOf<EtlReport>;

const etlEarlier = object({
  slot: object({ startMs: instantMs, endMs: instantMs, kind: oneOf('live', 'backfill'), name: timeName }),
  memory,
  report,
}) satisfies SchemaOf<EtlEarlier>;

const sealInput = object({
  ...sealing,
  hour,
  watermarkMs: v.nullable(instantMs),
  now: v.exactOptional(flag),
  rebuild: v.exactOptional(flag),
  told: v.exactOptional(list(timeName)),
}) satisfies SchemaOf<SealInput>;

const hoursByDay = v.custom<HoursByDay>(
  isHoursByDay,
  'must be hours by their day, as {"2023-04-20": "00-05 13"}',
);
const atOnce = v.pipe(
  count,
  v.minValue(1, 'must be at least 1'),
  v.maxValue(LIMITS.reprocessAtOnceMax, `must be at most ${LIMITS.reprocessAtOnceMax}`),
);
const mode = oneOf('rebuild', 'redrive');

const reprocessInput = object({
  ...sealing,
  mode,
  from: v.nullable(hour),
  to: v.nullable(hour),
  atOnce: v.exactOptional(atOnce),
}) satisfies SchemaOf<ReprocessInput>;

const results = {
  carried: count,
  hours: count,
  sealed: count,
  changed: hoursByDay,
  nudged: hoursByDay,
  gone: list(name),
  damaged: list(name),
  failed: list(object({ what: name, code: name, why: v.string('must be a text') })),
  unnamed: count,
};
const reprocessResult = object(results) satisfies SchemaOf<ReprocessResult>;

const reprocessEarlier = object({
  step: oneOf('carry', 'seal'),
  run: timeName,
  behind: v.nullable(hour),
  done: count,
  stepStartedMs: instantMs,
  atOnce,
  touched: hoursByDay,
  watermarkMs: v.nullable(instantMs),
  result: reprocessResult,
}) satisfies SchemaOf<ReprocessEarlier>;

const carryPiece = object({
  ...carrying,
  mode,
  run: timeName,
  from: hour,
  to: hour,
  atOnce,
}) satisfies SchemaOf<CarryPiece>;

const carryEarlier = object({
  after: v.nullable(timeName),
  batches: count,
  result: object({ ...results, touched: hoursByDay, newestEventMs: v.nullable(instantMs) }),
}) satisfies SchemaOf<CarryEarlier>;

const sealPiece = object({
  ...sealing,
  again: hoursByDay,
  first: hoursByDay,
  watermarkMs: v.nullable(instantMs),
  atOnce,
}) satisfies SchemaOf<SealPiece>;

const sealEarlier = object({ behind: hour, result: reprocessResult }) satisfies SchemaOf<SealEarlier>;

const advance = object({
  watermarkMs: v.nullable(instantMs),
  segments: flag,
  now: v.exactOptional(flag),
  rebuild: v.exactOptional(flag),
  told: v.exactOptional(list(timeName)),
}) satisfies SchemaOf<Advance>;

/** One schema an argument; only the first has to be there. */
type Arguments = readonly [v.GenericSchema, ...v.GenericSchema[]];

const WORKFLOWS: Readonly<Record<string, Arguments>> = {
  etl: [etlSettings, etlEarlier],
  sealHour: [sealInput],
  reprocess: [reprocessInput, reprocessEarlier],
  carryPiece: [carryPiece, carryEarlier],
  sealPiece: [sealPiece, sealEarlier],
};

const SIGNALS: Readonly<Record<string, Arguments>> = { advance: [advance], setAtOnce: [atOnce] };

/** What is wrong with the arguments of a workflow of this type, in words; undefined: nothing, or it is none of ours. */
export const faultOfWorkflowInput = (type: string, args: readonly unknown[]): string | undefined =>
  faultOf(WORKFLOWS, type, args);

/** The same of a signal. */
export const faultOfSignalInput = (signal: string, args: readonly unknown[]): string | undefined =>
  faultOf(SIGNALS, signal, args);

/** Whether what the schedule remembers of the last run can be gone on from. */
export const isEtlMemory = (value: unknown): value is EtlMemory => v.is(memory, value);

const FAULTS_SHOWN = 8;

function faultOf(
  known: Readonly<Record<string, Arguments>>,
  of: string,
  args: readonly unknown[],
): string | undefined {
  const schemas = Object.hasOwn(known, of) ? known[of] : undefined;
  if (schemas === undefined) return undefined;
  if (args.length === 0) return 'there is none';
  if (args.length > schemas.length) return `there are ${args.length}, where it takes ${schemas.length}`;
  const faults = args.flatMap((arg, i) => v.safeParse(schemas[i]!, arg).issues?.map(sentenceOf) ?? []);
  if (faults.length === 0) return undefined;
  const more = faults.length > FAULTS_SHOWN ? `; and ${faults.length - FAULTS_SHOWN} more` : '';
  return `${faults.slice(0, FAULTS_SHOWN).join('; ')}${more}`;
}

/** Never what was given: nobody knows what it is. */
function sentenceOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? 'it';
  return issue.input === undefined ? `${path} is missing` : `${path} ${issue.message}`;
}
