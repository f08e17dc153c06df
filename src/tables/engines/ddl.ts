import { type Hour, partitionOf } from '../../dataset/hour.js';
import type { RecordForm } from '../../dataset/form.js';
import { type Column, PARTITION_COLUMNS } from './columns.js';

/** What the statements for an engine are made from. Pure text in, pure text out. */
export interface DdlInput {
  readonly database: string;
  readonly dataset: string;
  /** Where the lake is, as the engine names it, without a slash at the end: `s3://bucket/prefix`, `/data/lake`. */
  readonly location: string;
  readonly formats: readonly TableFormat[];
  readonly partitions: PartitionStyle;
  /** First and last event hour that the table is to show, both included. */
  readonly from: Hour;
  readonly to: Hour;
  /** Nobody asked for `to`: the style `dt`, which can, goes on to the hour that it is. */
  readonly openEnd?: boolean;
  /** The sealed hours; only explicit partitions name them. */
  readonly hours: readonly Hour[];
  /** What a row means. */
  readonly form: RecordForm;
}

export type TableFormat = 'ndjson' | 'parquet';

/**
 * `projection`: four integer keys, computed by the engine. `explicit`: the same keys, one catalogue entry per sealed hour.
 * `dt`: one key that stands for the whole path, and never projects an hour to come.
 */
export type PartitionStyle = 'projection' | 'explicit' | 'dt';

export interface TableNames {
  /** Landed rows, compact. */
  readonly ndjson: string;
  /** The view on them. */
  readonly readable: string;
  /** The same rows from Parquet: readable as they are. */
  readonly parquet: string;
}

export const tableNames = (dataset: string): TableNames => ({
  ndjson: dataset,
  readable: `${dataset}_readable`,
  parquet: `${dataset}_parquet`,
});

type Place = Pick<DdlInput, 'location' | 'dataset'>;

/** The table's folder: `s3://bucket/logs` or `s3://bucket/parquet/logs`. */
export function tableLocation({ location, dataset }: Place, format: TableFormat): string {
  return format === 'ndjson' ? `${location}/${dataset}` : `${location}/parquet/${dataset}`;
}

export const hourLocation = (input: Place, format: TableFormat, hour: Hour): string =>
  `${tableLocation(input, format)}/${partitionOf(hour)}/`;

/** `[['year', 2023], ['month', 4], …]` */
export function partitionValues(hour: Hour): readonly (readonly [name: string, value: number])[] {
  const [year, month, day, hourOfDay] = hour.split(/[-T]/).map(Number);
  return [
    ['year', year ?? 0],
    ['month', month ?? 0],
    ['day', day ?? 0],
    ['hour', hourOfDay ?? 0],
  ];
}

/** The range and digits of each projected key: as tight as the hours allow. */
export function projectedRanges({ from, to }: Pick<DdlInput, 'from' | 'to'>): readonly ProjectedRange[] {
  return [
    { name: 'year', first: Number(from.slice(0, 4)), last: Number(to.slice(0, 4)), digits: 4 },
    { name: 'month', first: 1, last: 12, digits: 2 },
    { name: 'day', first: 1, last: 31, digits: 2 },
    { name: 'hour', first: 0, last: 23, digits: 2 },
  ];
}

export interface ProjectedRange {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly digits: number;
}

/** How the one key `dt` writes an hour: it is the path itself, `year=2023/month=04/day=20/hour=13`. */
export const DT_FORMAT = "'year='yyyy/'month='MM/'day='dd/'hour='HH";

/** First and last value of the key `dt`, as Athena and Trino take them. */
export const dtRange = ({
  from,
  to,
  openEnd = true,
}: Pick<DdlInput, 'from' | 'to' | 'openEnd'>): [string, string] => [
  partitionOf(from),
  openEnd ? 'NOW' : partitionOf(to),
];

/** The partition keys of the style that was asked for. */
export function partitionColumns({ partitions }: Pick<DdlInput, 'partitions'>): readonly Column[] {
  return partitions === 'dt' ? [DT_COLUMN] : PARTITION_COLUMNS;
}

const DT_COLUMN: Column = {
  name: 'dt',
  type: 'text',
  meaning: 'the hour of the event, UTC, as year=2023/month=04/day=20/hour=13',
};
