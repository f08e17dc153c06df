import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { S3Request } from '../support/s3-access-log.js';
import { countKinds, type Counts, HOURS_A_MONTH, type Kind, kindOf, KINDS, usdOf } from './cost.js';

export interface Measured {
  /** `busy`, `fast` or `idle`. */
  readonly name: string;
  readonly requests: readonly S3Request[];
  /** Of the source's time. */
  readonly hours: number;
}

const root = path.resolve(import.meta.dirname, '..', '..', '..');
const PAGE = path.join(root, 'docs', 'reference', 'requests.md');
const PLACES = ['raw', 'staging', 'segments', 'ledger', 'definition', 'quarantine', 'parquet'];
const TITLES: Readonly<Record<string, string>> = {
  busy: '1.68 records/s',
  fast: '16.8 records/s',
  idle: 'a source that stands still',
};

/** Writes docs/reference/requests.md from its template. */
export function writePages(measured: readonly Measured[], how: { factor: number; rate: number }): void {
  const day = new Date().toISOString().slice(0, 10);
  const hours = measured[0]?.hours ?? 0;
  const said =
    `Measured on ${day} with \`npm run requests ${how.factor} ${Math.round(hours)}\`: ${hours.toFixed(1)} hours of the source's ` +
    `time, all times divided by ${how.factor}, default settings, versitygw's access log, the rights of the worker's role.`;
  const summary = table(measured);
  const detail = measured.map((one) => `### By place: ${TITLES[one.name]}\n\n${places(one)}`).join('\n\n');
  writeFileSync(PAGE, fill(readFileSync(PAGE, 'utf8'), `${said}\n\n${summary}\n\n${detail}`));
}

/** Between the two marks. */
function fill(page: string, text: string): string {
  const [begin, end] = ['<!-- npm run requests: begin -->', '<!-- end -->'];
  const [at, to] = [page.indexOf(begin), page.indexOf(end)];
  if (at < 0 || to < at) throw new Error(`there are no marks ${begin} … ${end}`);
  return `${page.slice(0, at + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

function table(measured: readonly Measured[]): string {
  const rows = measured.map(({ name, requests, hours }) => {
    const counts = countKinds(requests);
    const usd = usdOf(counts) / hours;
    return [
      TITLES[name] ?? name,
      ...KINDS.map((kind) => perHour(counts[kind], hours)),
      perHour(requests.length, hours),
      (requests.length / pollsIn(requests)).toFixed(2),
      `$${usd.toFixed(5)}`,
      `$${(usd * HOURS_A_MONTH).toFixed(2)}`,
    ];
  });
  return markdown(['requests an hour', ...KINDS, 'in all', 'a poll', 'USD an hour', 'USD a month'], rows);
}

function places({ requests, hours }: Measured): string {
  const byPlace = new Map<string, S3Request[]>();
  for (const request of requests)
    byPlace.set(placeOf(request), [...(byPlace.get(placeOf(request)) ?? []), request]);
  const rows = [...byPlace].sort().map(([place, own]) => {
    const counts: Counts = countKinds(own);
    return [place, ...KINDS.map((kind) => perHour(counts[kind], hours))];
  });
  return markdown(['place', ...KINDS], rows);
}

/** Each answer is put into the archive once. */
const pollsIn = (requests: readonly S3Request[]): number =>
  requests.filter((request) => kindOf(request) === 'PUT' && request.key.startsWith('raw/')).length;

/** Listings and deletes name no key in the log. */
function placeOf(request: S3Request): string {
  const kind: Kind = kindOf(request);
  if (kind === 'LIST' || kind === 'DELETE') return request.operation;
  const first = request.key.split('/')[0] ?? '';
  return PLACES.includes(first) ? `${first}/` : 'the table';
}

const perHour = (count: number, hours: number): string =>
  count === 0 ? '0' : (count / hours).toFixed(count / hours < 10 ? 1 : 0);

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
