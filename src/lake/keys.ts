import { type Hour, hourOf, partitionOf } from '../dataset/hour.js';
import { STAGING } from '../storage/key.js';

/** Every key of the lake is made here, so that the layout is written down once. Keys have no leading slash. */

/** The table: one object an hour, nothing else under it. */
export const tablePrefix = (dataset: string): string => `${dataset}/`;
export const tableKey = (dataset: string, hour: Hour): string =>
  `${dataset}/${partitionOf(hour)}/${dataset}.json.gz`;

export const ledgerPrefix = (dataset: string): string => `ledger/${dataset}/`;
/** `ledger/logs/year=2023/month=04/day=20/hour=13.json` */
export const ledgerKey = (dataset: string, hour: Hour): string =>
  `ledger/${dataset}/${partitionOf(hour)}.json`;

export const rawPrefix = (dataset: string): string => `raw/${dataset}/`;
/** The folder of everything that arrived in this UTC hour. */
export const rawHourPrefix = (dataset: string, arrival: Hour): string =>
  `raw/${dataset}/${partitionOf(arrival)}/`;

/** `20230420T131206.819Z`: sorts as text in order of time. */
export function compactTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replaceAll('-', '').replaceAll(':', '');
}

/** The way back from `20230420T131206.819Z`, at the start of a raw name. */
export function parseCompactTime(text: string): number | undefined {
  const m = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})\.(\d{3})Z/.exec(text);
  if (!m) return undefined;
  const epochMs = Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${m[7]}Z`);
  // Date.parse takes February 30 for March 2, and hour 24: the way back must give the same text.
  return Number.isNaN(epochMs) || compactTime(epochMs) !== m[0] ? undefined : epochMs;
}

/** A raw object's name without its folder and ending: `<fetchedAt>-<first 12 hex digits of the body's SHA-256>`. */
export const rawName = (fetchedAtMs: number, sha256: string): string =>
  `${compactTime(fetchedAtMs)}-${sha256.slice(0, 12)}`;

const RAW_ENDING = '.json.gz';

/** `raw/logs/year=…/hour=…/<raw name>.json.gz`. The name alone says the folder, so a name is enough to find it. */
export function rawKey(dataset: string, name: string): string {
  return `${rawHourPrefix(dataset, arrivalHour(name))}${name}${RAW_ENDING}`;
}

/** The raw name in a raw or quarantine key. */
export function rawNameOf(key: string): string {
  const file = key.slice(key.lastIndexOf('/') + 1);
  return file.endsWith(RAW_ENDING) ? file.slice(0, -RAW_ENDING.length) : file;
}

/** Whether this is a raw name as fernlake gives them, from its first character to its last. */
export const isRawName = (name: string): boolean =>
  parseCompactTime(name) !== undefined && /^.{20}-[0-9a-f]{12}$/.test(name);

/** Whether this is the key of an answer, as fernlake names them. */
export function isRawKey(dataset: string, key: string): boolean {
  const name = rawNameOf(key);
  return isRawName(name) && rawKey(dataset, name) === key;
}

export function arrivalMs(name: string): number {
  const epochMs = parseCompactTime(name);
  if (epochMs === undefined) throw new RangeError(`not a raw name: ${name}`);
  return epochMs;
}

export const arrivalHour = (name: string): Hour => hourOf(arrivalMs(name));

export const quarantinePrefix = (dataset: string): string => `quarantine/${dataset}/`;
export const quarantineHourPrefix = (dataset: string, arrival: Hour): string =>
  `quarantine/${dataset}/${partitionOf(arrival)}/`;
export const quarantineKey = (dataset: string, name: string): string =>
  `${quarantineHourPrefix(dataset, arrivalHour(name))}${name}${RAW_ENDING}`;

export const segmentsPrefix = (dataset: string): string => `segments/${dataset}/`;
export const segmentHourPrefix = (dataset: string, hour: Hour): string => `segments/${dataset}/${hour}/`;
/** `segments/logs/2023-04-20T13/20230420T131500.000Z-0.json.gz` */
export const segmentKey = (dataset: string, hour: Hour, slot: string, n: number): string =>
  `${segmentHourPrefix(dataset, hour)}${slot}-${n}.json.gz`;
/** The slot in a segment's key; what is no segment has another, or none. */
export const slotOfSegment = (key: string): string =>
  key.slice(key.lastIndexOf('/') + 1, key.lastIndexOf('-'));

/** Scratch of one run: `staging/logs/<run>/…` */
export const stagingPrefix = (dataset: string, run: string): string => `${STAGING}${dataset}/${run}/`;

/** All that is under staging/ of this dataset. */
export const stagingDatasetPrefix = (dataset: string): string => `${STAGING}${dataset}/`;

export const parquetPrefix = (dataset: string): string => `parquet/${dataset}/`;
export const parquetKey = (dataset: string, hour: Hour): string =>
  `parquet/${dataset}/${partitionOf(hour)}/${dataset}.parquet`;

export const definitionPrefix = (dataset: string): string => `definition/${dataset}/`;
/** `definition/logs/3f9a12cd0b1e.json`: named for the SHA-256 of its bytes. */
export const definitionKey = (dataset: string, hash: string): string =>
  `${definitionPrefix(dataset)}${hash}.json`;

/** Answers and segments: what is put in place is never replaced by other bytes while it is there. */
export const isWrittenOnce = (key: string): boolean => key.startsWith('raw/') || key.startsWith('segments/');

/** Everything of a dataset is under one of these, and nothing else is. */
export const placesOf = (dataset: string): readonly string[] => [
  tablePrefix(dataset),
  parquetPrefix(dataset),
  rawPrefix(dataset),
  ledgerPrefix(dataset),
  quarantinePrefix(dataset),
  segmentsPrefix(dataset),
  definitionPrefix(dataset),
  stagingDatasetPrefix(dataset),
];
