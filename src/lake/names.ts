import { type Hour, hourOfPartition, parseHour } from '../dataset/hour.js';
import {
  isRawName,
  ledgerKey,
  quarantineKey,
  rawKey,
  rawNameOf,
  segmentHourPrefix,
  segmentsPrefix,
  tableKey,
} from './keys.js';

/**
 * Says what a key is, by the names that fernlake gives; undefined for anything else (a note, a copy under
 * another name, a `.DS_Store`), which nobody reads, counts or removes.
 */

/** The raw name of an answer. */
export const rawNameAt = (dataset: string, key: string): string | undefined => nameAt(dataset, key, rawKey);

/** The raw name of the answer whose quarantine this is. */
export const quarantinedNameAt = (dataset: string, key: string): string | undefined =>
  nameAt(dataset, key, quarantineKey);

/** The hour of a ledger. */
export function ledgerHourAt(dataset: string, key: string): Hour | undefined {
  const hour = hourOfPartition(key);
  return hour && ledgerKey(dataset, hour) === key ? hour : undefined;
}

/** The hour of an object of the table. */
export function tableHourAt(dataset: string, key: string): Hour | undefined {
  const hour = hourOfPartition(key);
  return hour && tableKey(dataset, hour) === key ? hour : undefined;
}

/** The hour of a segment. */
export function segmentHourAt(dataset: string, key: string): Hour | undefined {
  const from = segmentsPrefix(dataset).length;
  const hour = parseHour(key.slice(from, key.indexOf('/', from)));
  const isOurs = hour && /^[^/]+-\d+\.json\.gz$/.test(key.slice(segmentHourPrefix(dataset, hour).length));
  return isOurs ? hour : undefined;
}

function nameAt(
  dataset: string,
  key: string,
  keyOf: (dataset: string, name: string) => string,
): string | undefined {
  const name = rawNameOf(key);
  return isRawName(name) && keyOf(dataset, name) === key ? name : undefined;
}
