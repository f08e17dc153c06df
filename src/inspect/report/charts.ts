import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Bucket, Grain } from './buckets.js';
import type { Year } from './calendar.js';
import { count, escape } from './html.js';

/** Drawn once, without a browser; colours are CSS variables of the page, so that light and dark need no second picture. */
const { document } = parseHTML('<html><body></body></html>') as unknown as { document: unknown };
const WIDTH = 880;
const MARGIN_LEFT = 56;
const DAY_MS = 86_400_000;

const HOUR_LENGTH: Readonly<Record<Grain, number>> = { hour: 3_600_000, day: DAY_MS, month: 30.4 * DAY_MS };

/** One year: a column a day, a row an hour (UTC). */
export function drawYear({ year, fromMs, toMs, cells }: Year): string {
  const days = (toMs - fromMs) / DAY_MS;
  const dayWidth = Math.min(22, Math.max(2.2, (WIDTH - MARGIN_LEFT - 10) / days));
  const rects = {
    x1: 'dayMs',
    x2: (cell: { dayMs: number }) => cell.dayMs + DAY_MS,
    y1: 'fromHour',
    y2: 'toHour',
  };
  const inset = dayWidth > 6 ? 0.5 : 0;
  return svg(`completeness of each hour of ${year}`, {
    width: Math.max(130, Math.round(days * dayWidth) + MARGIN_LEFT + 10),
    height: 24 * (dayWidth > 6 ? 8 : 6) + 60,
    marginBottom: 40,
    x: {
      type: 'utc',
      domain: [new Date(fromMs), new Date(toMs)],
      label: null,
      ticks: days > 62 ? 'month' : Math.max(1, Math.min(8, days)),
    },
    y: {
      domain: [24, 0],
      ticks: [0, 6, 12, 18, 24],
      label: 'hour (UTC)',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    marks: [
      Plot.rect(
        cells.filter(({ title }) => title === null),
        { ...rects, inset, fill: ({ level }: { level: string }) => `var(--${level})` },
      ),
      Plot.rect(
        cells.filter(({ title }) => title !== null),
        { ...rects, fill: ({ level }: { level: string }) => `var(--${level})`, title: 'title' },
      ),
    ],
  });
}

/** Records that landed. */
export function drawRecords(buckets: readonly Bucket[], grain: Grain): string {
  const bars = { x1: startOf, x2: endOf(grain), insetRight: buckets.length > 300 ? 0 : 0.5 };
  return svg(`records landed by ${grain}`, {
    ...frame(220, buckets, grain),
    y: {
      label: `records a ${grain}`,
      labelArrow: 'none',
      grid: true,
      tickFormat: 's',
      nice: true,
      zero: true,
    },
    marks: [Plot.rectY(buckets, { ...bars, y: 'landed', fill: 'var(--accent)' }), Plot.ruleY([0])],
  });
}

/** Below the landed ones, on a scale of their own: there they would not be seen. */
export function drawLate(buckets: readonly Bucket[], grain: Grain): string {
  const bars = { x1: startOf, x2: endOf(grain), insetRight: buckets.length > 300 ? 0 : 0.5 };
  return svg(`late records by ${grain}`, {
    ...frame(150, buckets, grain),
    y: { label: `late records a ${grain}`, labelArrow: 'none', grid: true, nice: true, zero: true, ticks: 4 },
    marks: [Plot.rectY(buckets, { ...bars, y: 'late', fill: 'var(--some)' }), Plot.ruleY([0])],
  });
}

/** How long after its end an hour was sealed: the median of each bucket, and the slowest. */
export function drawLag(buckets: readonly Bucket[], grain: Grain): string {
  const lags = buckets.flatMap(({ lagMaxMs }) => lagMaxMs);
  const [unit, unitMs] = unitOf(lags.reduce((max, lag) => Math.max(max, Math.abs(lag)), 0));
  const middle = (bucket: Bucket): Date => new Date(bucket.startMs + HOUR_LENGTH[grain] / 2);
  const single = buckets.length < 3;
  return svg(`lag of the seal by ${grain}`, {
    ...frame(200, buckets, grain),
    y: { label: `${unit} after the hour's end`, labelArrow: 'none', grid: true, nice: true, zero: true },
    marks: [
      Plot.ruleY([0]),
      ...(grain === 'hour'
        ? []
        : [
            Plot.ruleX(buckets, {
              x: middle,
              y1: (b: Bucket) => b.lagMedianMs / unitMs,
              y2: (b: Bucket) => b.lagMaxMs / unitMs,
              stroke: 'var(--faint)',
            }),
          ]),
      single
        ? Plot.dot(buckets, {
            x: middle,
            y: (b: Bucket) => b.lagMedianMs / unitMs,
            fill: 'var(--accent)',
            r: 4,
          })
        : Plot.lineY(buckets, {
            x: middle,
            y: (b: Bucket) => b.lagMedianMs / unitMs,
            stroke: 'var(--accent)',
            strokeWidth: 1.5,
          }),
    ],
  });
}

/** Horizontal bars, the longest first. */
export function drawReasons(
  counts: readonly { readonly reason: string; readonly records: number }[],
): string {
  return svg('records in quarantine by reason', {
    width: WIDTH,
    height: 30 * counts.length + 30,
    marginLeft: 160,
    marginRight: 70,
    x: { axis: null },
    y: { label: null, domain: counts.map(({ reason }) => reason), tickSize: 0 },
    marks: [
      Plot.barX(counts, { x: 'records', y: 'reason', fill: 'var(--some)', insetTop: 4, insetBottom: 4 }),
      Plot.text(counts, {
        x: 'records',
        y: 'reason',
        text: (d: { records: number }) => count(d.records),
        textAnchor: 'start',
        dx: 6,
        fill: 'currentColor',
      }),
    ],
  });
}

const startOf = ({ startMs }: Bucket): Date => new Date(startMs);
const endOf =
  (grain: Grain) =>
  ({ startMs }: Bucket): Date =>
    new Date(startMs + HOUR_LENGTH[grain]);
/** Both charts over the same span, so that they can be read one below the other. */
const frame = (height: number, buckets: readonly Bucket[], grain: Grain) => ({
  width: WIDTH,
  height,
  marginLeft: MARGIN_LEFT,
  marginBottom: 40,
  x: {
    type: 'utc' as const,
    label: null,
    domain: [buckets[0], buckets.at(-1)].map((bucket, i) =>
      bucket ? (i === 0 ? startOf : endOf(grain))(bucket) : new Date(0),
    ),
    ...(grain === 'hour' ? { tickFormat: clockOrDay } : {}),
  },
});

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `13:00`, and at midnight `Apr 21`; UTC. */
function clockOrDay(time: Date): string {
  const clock = time.toISOString().slice(11, 16);
  return clock === '00:00' ? `${MONTHS[time.getUTCMonth()]} ${time.getUTCDate()}` : clock;
}

function unitOf(ms: number): [string, number] {
  if (ms < 180_000) return ['seconds', 1000];
  if (ms < 3 * 3_600_000) return ['minutes', 60_000];
  return ms < 3 * DAY_MS ? ['hours', 3_600_000] : ['days', DAY_MS];
}

function svg(label: string, options: Plot.PlotOptions): string {
  const given = {
    document,
    className: 'plot',
    marginLeft: MARGIN_LEFT,
    style: { fontSize: '12px' },
    ...options,
  };
  const drawn = Plot.plot(given) as unknown as { outerHTML: string };
  return (
    drawn.outerHTML
      // The picture as a whole has a name; inside, names are of no use to anybody, and not allowed on a group.
      .replaceAll(/ aria-(?:label|hidden|description)="[^"]*"/g, '')
      // A hundredth of a pixel is enough, and a third of the bytes.
      .replaceAll(/(\d\.\d\d)\d+/g, '$1')
      .replace('<svg ', `<svg role="img" aria-label="${escape(label)}" `)
  );
}
