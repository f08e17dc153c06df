import { mendsOf } from '../../dataset/reason.js';
import { type Bucket, bucketsOf, type Grain, grainOf } from './buckets.js';
import { calendarOf, LEVELS } from './calendar.js';
import { drawLag, drawLate, drawReasons, drawRecords, drawYear } from './charts.js';
import type { ReportData } from './gather.js';
import { count, details, percent, plural, scrolling, table } from './html.js';
import { duration } from '../../figures.js';
import { bounded, section } from './section.js';

/** So many missing ranges at once; the others unfold. */
const SHOWN_MAX = 8;

export function completeness({ hours }: ReportData): string {
  const years = calendarOf(hours).reverse();
  const legend = LEVELS.map(
    ({ level, label }) => `<li><i style="background:var(--${level})"></i>${label}</li>`,
  ).join('');
  const figures = years
    .map((year) => `<h3>${year.year}</h3>${scrolling(`calendar of ${year.year}`, drawYear(year))}`)
    .join('\n');
  return section(
    'Completeness',
    'Each column is a day, each row one of its 24 hours, UTC. An hour is complete when no id between those seen is missing.',
    `<ul class="legend">${legend}</ul>\n${figures}`,
  );
}

export function missing({ hours }: ReportData): string {
  const rows = hours.flatMap(({ hour, missing: ranges, complete }) =>
    ranges.map(([from, to]) => ({ hour, from, to, complete })),
  );
  if (rows.length === 0) return section('Missing ids', 'None: every id between those seen came.', '');
  const total = hours.reduce((sum, { missingCount }) => sum + missingCount, 0);
  const affected = hours.filter(({ missingCount }) => missingCount > 0).length;
  return section(
    'Missing ids',
    `${plural(total, 'id')} in ${plural(rows.length, 'range')} and ${plural(affected, 'hour')} lie between ids seen and never came.`,
    rows.length <= SHOWN_MAX
      ? missingTable(rows, 'Missing ranges, newest last')
      : `${missingTable(rows.slice(-SHOWN_MAX).reverse(), `The newest ${SHOWN_MAX} ranges`)}\n${details('More of them', bounded(rows, missingTable, 'Missing ranges'))}`,
  );
}

interface Missing {
  readonly hour: string;
  readonly from: number;
  readonly to: number;
  readonly complete: number;
}

const missingTable = (rows: readonly Missing[], caption: string): string =>
  table(
    caption,
    [
      { head: 'hour (UTC)', cell: ({ hour }) => hour },
      { head: 'from id', cell: ({ from }) => String(from) },
      { head: 'to id', cell: ({ to }) => String(to) },
      { head: 'ids', cell: ({ from, to }) => count(to - from + 1) },
      { head: 'hour complete', cell: ({ complete }) => percent(complete) },
    ],
    rows,
  );

export function overTime({ hours }: ReportData): string {
  const grain = grainOf(hours);
  const buckets = bucketsOf(hours, grain);
  const late = hours.reduce((sum, facts) => sum + facts.late, 0);
  const landed = hours.reduce((sum, facts) => sum + facts.landed, 0);
  const lateText =
    late === 0
      ? 'None: no record came after the first seal of its hour.'
      : `${plural(late, 'record')} came after the first seal of the hour, ${percent(late / Math.max(1, landed))} of all. Each reopened its hour and landed.`;
  const figures = [
    scrolling(`records landed by ${grain}`, drawRecords(buckets, grain)),
    '<h3>Late records</h3>',
    `<p class="soft">${lateText}</p>`,
    ...(late === 0 ? [] : [scrolling(`late records by ${grain}`, drawLate(buckets, grain))]),
    '<h3>Lag of the seal</h3>',
    `<p class="soft">From the hour's end until its last seal${grain === 'hour' ? '' : `: the median of each ${grain}, and up to its slowest hour`}. A late record seals its hour again.</p>`,
    scrolling(`lag of the seal by ${grain}`, drawLag(buckets, grain)),
    details(
      `The figures by ${grain} as a table`,
      bounded([...buckets], (newest, caption) => bucketTable(newest, grain, caption), `By ${grain}`),
    ),
  ];
  return section('Records and lag over time', `Landed by ${grain}.`, figures.join('\n'));
}

function bucketTable(buckets: readonly Bucket[], grain: Grain, caption: string): string {
  return table(
    caption,
    [
      { head: `${grain} (UTC)`, cell: ({ name }) => name },
      { head: 'hours', cell: (b) => count(b.hours) },
      { head: 'landed', cell: (b) => count(b.landed) },
      { head: 'late', cell: (b) => count(b.late) },
      { head: 'duplicates', cell: (b) => count(b.duplicates) },
      { head: 'quarantined', cell: (b) => count(b.quarantined) },
      { head: 'missing ids', cell: (b) => count(b.missing) },
      { head: 'lag, median', cell: (b) => duration(b.lagMedianMs) },
      { head: 'lag, slowest', cell: (b) => duration(b.lagMaxMs) },
    ],
    buckets,
  );
}

export function quarantine({ counts: { quarantined, quarantinedRecords, reasons } }: ReportData): string {
  const counts = Object.entries(reasons)
    .map(([reason, of]) => ({ reason, ...of }))
    .sort((a, b) => b.records - a.records || b.appearances - a.appearances);
  if (counts.length === 0) return section('Quarantine', 'No record is in quarantine.', '');
  return section(
    'Quarantine',
    `${plural(quarantinedRecords, 'record')} could not land, which appeared ${plural(quarantined, 'time')} in the archive. They are kept. ${mendsOf(
      counts.map(({ reason }) => reason),
    )
      .map(({ reasons: which, mend }) => `${which.join(', ')}: ${mend}.`)
      .join(' ')}`,
    `${scrolling('quarantine by reason', drawReasons(counts))}\n${details(
      'The same as a table',
      table(
        'Quarantine by reason',
        [
          { head: 'reason', cell: ({ reason }) => reason },
          { head: 'records', cell: ({ records }) => count(records) },
          { head: 'appearances', cell: ({ appearances }) => count(appearances) },
        ],
        counts,
      ),
    )}`,
  );
}
