import type { Dataset } from '../data/ensure-dataset.js';
import type { GrowthLine, Headline, Table } from '../support/bench.js';
import type { Carried } from '../support/carry.js';
import { type LibrariesAlone, STEPS, sumOf } from '../support/libraries-alone.js';
import { grouped, median } from '../support/turns.js';

/** The bounds of the project's issue on speed. */
const BOUNDS = { perCpuSecond: 12, recordsPerSecond: 100_000, memoryMb: 400, blockedMs: 50 } as const;

export type BySize = readonly (readonly [Dataset, readonly Carried[]])[];

export function sizesTable(all: BySize): Table {
  return {
    title: 'By size',
    columns: [
      'data',
      'tokens',
      'seconds',
      'records/s',
      "worker's CPU s",
      "Temporal's CPU s",
      'peak memory of the worker, MB',
      'event loop blocked at most, ms',
    ],
    rows: all.map(([{ spec, tokens }, runs]) => {
      const of = (what: (carried: Carried) => number): number => median(runs.map(what));
      return [
        spec.name,
        grouped(tokens),
        grouped(
          of(({ seconds }) => seconds),
          1,
        ),
        grouped(spec.records / of(({ seconds }) => seconds)),
        grouped(
          of(({ cpuSeconds }) => cpuSeconds),
          1,
        ),
        grouped(
          of(({ serverCpuSeconds }) => serverCpuSeconds),
          1,
        ),
        grouped(of(({ peakMb }) => peakMb)),
        grouped(of(({ blockedMs }) => blockedMs)),
      ];
    }),
  };
}

/** What the libraries alone take, and how far both programs are from it. */
export function librariesTable(
  records: number,
  alone: LibrariesAlone,
  ours: number,
  python: number | undefined,
): Table {
  const sum = sumOf(alone);
  const row = (what: string, seconds: number): string[] => [
    what,
    seconds.toFixed(2),
    ((seconds / records) * 1e6).toFixed(2),
    (seconds / sum).toFixed(2),
  ];
  return {
    title: 'What the libraries alone take for the same bytes, on one core',
    columns: ['', 'CPU seconds', 'µs a record', 'of their sum'],
    rows: [
      ...(Object.keys(STEPS) as (keyof typeof STEPS)[]).map((step) => row(STEPS[step], alone[step])),
      row('**their sum**', sum),
      row('fernlake, all its threads', ours),
      ...(python === undefined ? [] : [row('the Python script', python)]),
    ],
  };
}

export function headlinesOf(
  records: number,
  mine: readonly Carried[],
  all: BySize,
  alone: LibrariesAlone,
  pythonCpu: number | undefined,
): Headline[] {
  const cpu = median(mine.map(({ cpuSeconds }) => cpuSeconds));
  const perCpu = pythonCpu === undefined ? undefined : pythonCpu / cpu;
  const rate = records / median(mine.map(({ seconds }) => seconds));
  const worst = (what: (carried: Carried) => number): number =>
    Math.max(...all.flatMap(([, runs]) => runs.map(what)));
  const [memory, blocked] = [worst(({ peakMb }) => peakMb), worst(({ blockedMs }) => blockedMs)];
  return [
    {
      what: 'raw to sealed, two cores',
      value: `${grouped(rate)} records/s`,
      against: `bound: ${grouped(BOUNDS.recordsPerSecond)}`,
      met: rate >= BOUNDS.recordsPerSecond,
    },
    ...(perCpu === undefined
      ? []
      : [
          {
            what: 'raw to sealed, per CPU second',
            value: `${perCpu.toFixed(1)} times Python`,
            against: 'the Python script',
            ratio: perCpu,
            met: perCpu >= BOUNDS.perCpuSecond,
          },
        ]),
    {
      what: 'raw to sealed, CPU',
      value: `${(cpu / alone.deflateObjects).toFixed(1)} times gzip alone`,
      against: 'gzip of the landed rows',
    },
    {
      what: 'raw to sealed, CPU',
      value: `${(cpu / sumOf(alone)).toFixed(1)} times its libraries alone`,
      against:
        'inflate, SHA-256, JSON, base64, HMAC, AES, deflate of the same bytes' +
        (pythonCpu === undefined
          ? ''
          : `; they by themselves are ${(pythonCpu / sumOf(alone)).toFixed(1)} times Python`),
    },
    {
      what: 'memory of the worker at most, whatever the size',
      value: `${grouped(memory)} MB`,
      against: `bound: ${BOUNDS.memoryMb} MB`,
      met: memory <= BOUNDS.memoryMb,
    },
    {
      what: 'event loop blocked at most',
      value: `${grouped(blocked)} ms`,
      against: `bound: ${BOUNDS.blockedMs} ms`,
      met: blocked <= BOUNDS.blockedMs,
    },
  ];
}

export function growthOf(all: BySize): GrowthLine[] {
  const days = all
    .filter(([{ spec }]) => spec.name.startsWith('day-') && !spec.name.endsWith('overlap'))
    .sort(([a], [b]) => a.spec.records - b.spec.records);
  const line = (
    what: string,
    unit: string,
    of: (carried: Carried, records: number) => number,
  ): GrowthLine => ({
    what,
    unit,
    points: days.map(([{ spec }, runs]) => ({
      work: spec.records,
      value: median(runs.map((carried) => of(carried, spec.records))),
    })),
  });
  return [
    line(
      'raw to sealed: CPU µs a record, by records',
      'µs',
      ({ cpuSeconds }, records) => (cpuSeconds / records) * 1e6,
    ),
    line('raw to sealed: peak memory, by records', 'MB', ({ peakMb }) => peakMb),
  ];
}
