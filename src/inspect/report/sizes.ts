import type { HourFacts, ReportData } from './gather.js';
import { count, details, percent, plural, size, table } from './html.js';
import { bounded, section } from './section.js';

type Sizes = Pick<HourFacts, 'landed' | 'json' | 'compact' | 'gzip' | 'parquet'>;

export function sizes({ hours }: ReportData): string {
  const landed = hours.filter((facts) => facts.json > 0);
  if (landed.length === 0) return section('Sizes', 'No hour with rows is sealed yet.', '');
  const sum = (of: (facts: Sizes) => number, some: readonly Sizes[] = landed): number =>
    some.reduce((total, facts) => total + of(facts), 0);
  const json = sum((facts) => facts.json);
  const rows = sum((facts) => facts.landed);
  const withParquet = landed.filter(({ parquet }) => parquet !== null);
  const form = (name: string, bytes: number, of = json, records = rows) => ({
    name,
    bytes,
    share: bytes / of,
    each: bytes / records,
  });
  const forms = [
    form('JSON, readable, minified', json),
    form(
      'compact',
      sum((facts) => facts.compact),
    ),
    form(
      'gzip of compact (the table)',
      sum((facts) => facts.gzip),
    ),
    ...(withParquet.length === 0
      ? []
      : [
          form(
            `Parquet (${plural(withParquet.length, 'hour')})`,
            sum((facts) => facts.parquet ?? 0),
            sum((facts) => facts.json, withParquet),
            sum((facts) => facts.landed, withParquet),
          ),
        ]),
  ];
  const all = table(
    `All ${plural(landed.length, 'hour')}, ${plural(rows, 'row')}`,
    [
      { head: 'form', cell: ({ name }) => name },
      { head: 'size', cell: ({ bytes }) => size(bytes) },
      { head: 'of JSON', cell: ({ share }) => percent(share) },
      { head: 'times smaller', cell: ({ share }) => `${(1 / share).toFixed(1)} ×` },
      { head: 'bytes a row', cell: ({ each }) => each.toFixed(1) },
    ],
    forms,
  );
  const perHour = bounded(
    landed,
    (newest, caption) =>
      table(
        caption,
        [
          { head: 'hour (UTC)', cell: ({ hour }) => hour },
          { head: 'rows', cell: (h) => count(h.landed) },
          { head: 'JSON', cell: (h) => size(h.json) },
          { head: 'compact', cell: (h) => size(h.compact) },
          { head: 'gzip', cell: (h) => size(h.gzip) },
          ...(withParquet.length === 0
            ? []
            : [{ head: 'Parquet', cell: (h: Sizes) => (h.parquet === null ? 'none' : size(h.parquet)) }]),
          { head: 'gzip of JSON', cell: (h) => percent(h.gzip / h.json) },
        ],
        newest,
      ),
    'By hour',
  );
  return section('Sizes', 'Bytes of the landed rows in each form.', `${all}\n${details('By hour', perHour)}`);
}
