import type { BenchOutcome, Headline, Table } from '../support/bench.js';
import type { Live } from '../support/live-run.js';
import { grouped, median, quantile } from '../support/turns.js';

/** The source of the predecessor's diary. */
export const DIARY_RATE = 1.68;
/** An hour of it in a minute: every time of the configuration is divided by this. */
export const FACTOR = 60;

export interface Idle {
  readonly startSec: number;
  readonly startMb: number;
  readonly peakMb: number;
  readonly cpuShare: number;
}

export interface LiveResults {
  readonly idle: Idle;
  /** An hour of the diary's source, 60 times as fast. */
  readonly hour: Live;
  readonly diary: Live | undefined;
  /** Ten times the diary's rate, on each kind of server. */
  readonly byServer: readonly (readonly [string, Live])[];
  readonly ramp: readonly (readonly [number, Live])[];
  readonly notes: readonly string[];
}

const RECORDS_PER_HOUR = DIARY_RATE * 3_600;
/** A t4g.micro has 1 GiB, and may use a tenth of each of its two cores for ever. */
const MICRO = { memoryMb: 1_000, cpuShare: 0.2 } as const;
/** What the system and the SSM agent of Amazon Linux hold beside it. */
const SYSTEM_MB = 250;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

export function liveReport(found: LiveResults): BenchOutcome {
  const { idle, hour, diary, byServer, ramp, notes } = found;
  const held = ramp.filter(([, { missing }]) => missing === 0).at(-1);
  return {
    tables: [
      hourTable(hour),
      latencyTable(found),
      ...(ramp.length > 0 ? [rampTable(found)] : []),
      workerTable(found),
    ],
    notes: [
      `The hour: ${DIARY_RATE} records a second with every time of the default configuration divided by ${FACTOR}, so that polls, ` +
        'slots and seals come as often for each record as in a real hour. Actions are counted in the histories by Temporal ' +
        "Cloud's list; heartbeats stand in no history. Storage requests an hour and their price at AWS are counted apart, by " +
        "the S3 server's own log: [requests](../docs/reference/requests.md).",
      'Latency is from the time in the record to the modification time of the first segment that holds it. With a window of ' +
        '100 and half of it new at each poll, the mean wait for the next poll alone is 25 records’ time: 15 s at 1.68 a second, 1.5 s at 16.8.',
      'The highest rate is the last one tried at which no id was missing between the first answer and the last, ' +
        'with the sample API, the server and the worker on the same cores.',
      ...notes,
    ],
    headlines: [
      { what: 'polls over the least possible, 1.68 records/s', value: hour.pollShare.toFixed(2) },
      { what: 'Temporal actions an hour, 1.68 records/s', value: grouped(actionsPerHour(hour)) },
      ...latencyHeadlines(diary, byServer),
      ...(held
        ? [{ what: 'highest rate tried without a missing id, window of 100', value: `${held[0]} records/s` }]
        : []),
      {
        what: 'worker: start, memory, idle CPU',
        value: `${idle.startSec.toFixed(1)} s, ${grouped(idle.startMb)} MB, ${percent(idle.cpuShare)}`,
        against: 'a t4g.micro (1 GiB, 2 × 10 % of a core)',
        met: fitsMicro(found),
      },
    ],
    ...(ramp.length > 1
      ? {
          growth: [
            {
              what: 'live: share of a core, by records a second',
              unit: '%',
              points: [...(diary ? [[DIARY_RATE, diary] as const] : []), ...ramp]
                .filter(([, { missing }]) => missing === 0)
                .map(([rate, { cpuShare }]) => ({ work: rate, value: cpuShare * 100 })),
            },
          ],
        }
      : {}),
  };
}

const perHour = (n: number, { elapsedSec }: Live): number => (n / (elapsedSec * FACTOR)) * 3_600;
const actionsPerHour = (hour: Live): number => perHour(hour.asked.actions, hour);

function hourTable(hour: Live): Table {
  const { asked } = hour;
  const row = (what: string, n: number): string[] => [
    what,
    grouped(perHour(n, hour)),
    grouped((perHour(n, hour) / RECORDS_PER_HOUR) * 1_000, 1),
  ];
  return {
    title: `What an hour of ${DIARY_RATE} records a second asks for (${grouped(hour.ids)} ids, ${hour.missing} missing)`,
    columns: ['', 'an hour', 'per 1,000 records'],
    rows: [
      row('polls', hour.polls),
      row('workflow runs', asked.runs),
      row('actions', asked.actions),
      row('events of histories', asked.events),
      row('bytes of histories', asked.historyBytes),
    ],
  };
}

function latencyTable({ diary, byServer }: LiveResults): Table {
  const row = (what: string, run: Live): string[] => [
    what,
    grouped(run.latenciesMs.length),
    seconds(median(run.latenciesMs)),
    seconds(quantile(run.latenciesMs, 0.99)),
    run.pollShare.toFixed(2),
    percent(run.cpuShare),
    run.serverCpuShare === undefined ? '' : percent(run.serverCpuShare),
    String(run.missing),
  ];
  return {
    title: 'In real time',
    columns: [
      '',
      'records',
      'event to segment, median s',
      '99th percentile, s',
      'polls over least',
      'worker, of a core',
      'server, of a core',
      'missing',
    ],
    rows: [
      ...(diary ? [row(`${DIARY_RATE} records/s, dev server (SQLite)`, diary)] : []),
      ...byServer.map(([server, run]) => row(`${DIARY_RATE * 10} records/s, ${server}`, run)),
    ],
  };
}

function rampTable({ ramp }: LiveResults): Table {
  return {
    title: 'Up to the limit (20 s each, window of 100)',
    columns: [
      'records/s',
      'polls',
      'polls over least',
      'missing ids',
      'worker, of a core',
      'server, of a core',
    ],
    rows: ramp.map(([rate, run]) => [
      rate,
      run.polls,
      run.pollShare.toFixed(2),
      run.missing,
      percent(run.cpuShare),
      run.serverCpuShare === undefined ? '' : percent(run.serverCpuShare),
    ]),
  };
}

function workerTable(found: LiveResults): Table {
  const { idle, diary, hour } = found;
  const busy = diary ?? hour;
  return {
    title: 'The worker',
    columns: ['', ''],
    rows: [
      ['from its start until it polls', `${idle.startSec.toFixed(1)} s`],
      ['memory a second later', `${grouped(idle.startMb)} MB`],
      ['at most so far', `${grouped(idle.peakMb)} MB`],
      ['idle, of a core', percent(idle.cpuShare)],
      ...(diary ? [[`at ${DIARY_RATE} records/s, of a core`, percent(diary.cpuShare)]] : []),
      ['memory at most while it carried', `${grouped(busy.peakMb)} MB`],
      ['fit for a t4g.micro (Temporal elsewhere)', fitsMicro(found) ? 'yes' : 'no'],
    ],
  };
}

function fitsMicro({ idle, diary, hour }: LiveResults): boolean {
  const busy = diary ?? hour;
  const memory = Math.max(idle.peakMb, busy.peakMb) + SYSTEM_MB;
  return memory <= MICRO.memoryMb && (diary?.cpuShare ?? idle.cpuShare) <= MICRO.cpuShare;
}

function latencyHeadlines(
  diary: Live | undefined,
  byServer: readonly (readonly [string, Live])[],
): Headline[] {
  const runs = [
    ...(diary ? [[`${DIARY_RATE} records/s`, diary] as const] : []),
    ...byServer.map(([server, run]) => [`${DIARY_RATE * 10} records/s, ${server}`, run] as const),
  ];
  return runs.map(([what, { latenciesMs }]) => ({
    what: `event to segment, ${what}, slots of 5 min`,
    value: `median ${seconds(median(latenciesMs))} s, 99 % within ${seconds(quantile(latenciesMs, 0.99))} s`,
  }));
}
