import { VERSION } from '../../config/version.js';
import type { ReportData } from './gather.js';
import { count, details, escape, percent, size, table } from './html.js';
import { completeness, missing, overTime, quarantine } from './sections.js';
import { sizes } from './sizes.js';
import { STYLE } from './style.js';

/** Nothing is loaded and nothing runs: the page says so itself, and a browser holds it to that. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The whole page: one file, no script, no network; one dataset, or several of one lake. */
export function reportPage(all: readonly ReportData[]): string {
  const [first, ...others] = all;
  if (!first) return '';
  const { lake, madeAt } = first;
  const only = others.length === 0 ? first : undefined;
  const title = only ? `${only.dataset}, ${rangeOf(only)}` : all.map(({ dataset }) => dataset).join(', ');
  const head = only
    ? `<h1>fernlake report: ${escape(only.dataset)}</h1>
<p class="soft">${escape(rangeOf(only))}, in <code>${escape(lake)}</code></p>
${tiles(only)}`
    : `<h1>Report of fernlake</h1>
<p class="soft">${count(all.length)} datasets in <code>${escape(lake)}</code></p>
${contents(all)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>fernlake: ${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
${head}
</header>
<main>
${only ? sectionsOf(only) : all.map(articleOf).join('\n')}
</main>
<footer>Made by fernlake ${escape(VERSION)} at ${escape(madeAt)} from the ledgers of the lake. <code>npx fernlake verify</code> computes them again from the raw archive.</footer>
</body>
</html>
`;
}

function rangeOf({ hours }: ReportData): string {
  const [first, last] = [hours[0]?.hour, hours.at(-1)?.hour];
  if (first === undefined) return 'no sealed hour yet';
  return first === last ? `${first} (UTC)` : `${first} to ${last} (UTC)`;
}

/** Each dataset in a line, and the way to it. */
const contents = (all: readonly ReportData[]): string =>
  `<nav aria-label="datasets">${table(
    'Each is told below',
    [
      { head: 'dataset', cell: ({ dataset }) => dataset, href: ({ dataset }) => `#${dataset}` },
      { head: 'sealed hours', cell: ({ hours }) => count(hours.length) },
      { head: 'rows landed', cell: ({ counts }) => count(counts.landed) },
      { head: 'ids missing', cell: ({ counts }) => count(counts.missing) },
      { head: 'records in quarantine', cell: ({ counts }) => count(counts.quarantinedRecords) },
      { head: 'table size', cell: ({ counts }) => size(counts.bytes.gzip) },
    ],
    all,
  )}</nav>`;

const articleOf = (data: ReportData): string => `<article aria-labelledby="${data.dataset}">
<h2 class="dataset" id="${data.dataset}">${escape(data.dataset)}</h2>
<p class="soft">${escape(rangeOf(data))}</p>
${tiles(data)}
${named(data.dataset, sectionsOf(data))}
</article>`;

/** Under names of its own, since every dataset has the same sections. All text is escaped: what looks like an attribute is one. */
const named = (dataset: string, html: string): string =>
  html
    .replaceAll(' id="', ` id="${dataset}-`)
    .replaceAll(' aria-labelledby="', ` aria-labelledby="${dataset} ${dataset}-`)
    .replaceAll(' aria-label="', ` aria-label="${dataset}: `);

function sectionsOf(data: ReportData): string {
  const { hours, unreadable } = data;
  const body =
    hours.length === 0
      ? '<section aria-labelledby="nothing"><h2 id="nothing">Nothing is sealed yet</h2><p>An hour is sealed once it is over and its lateness has passed. <code>npx fernlake status</code> says what is under way.</p></section>'
      : [completeness(data), missing(data), overTime(data), quarantine(data), sizes(data)].join('\n');
  const broken =
    unreadable.length === 0
      ? ''
      : `<section aria-labelledby="unreadable"><h2 id="unreadable">What cannot be read</h2><p class="bad">${count(unreadable.length)} ledgers or quarantine objects are damaged, and in no figure here. <code>npx fernlake reprocess</code> makes them anew from the archive.</p>${details(
          'Which, and why',
          `<ul>${unreadable
            .slice(0, 300)
            .map(({ key, why }) => `<li><code>${escape(key)}</code>: ${escape(why)}</li>`)
            .join('')}</ul>`,
        )}</section>`;
  return `${broken}\n${body}`;
}

function tiles({ hours, counts }: ReportData): string {
  const { landed, missing: lost, quarantinedRecords } = counts;
  const tile = (name: string, value: string, mood = ''): string =>
    `<div><dt>${name}</dt><dd${mood && ` class="${mood}"`}>${value}</dd></div>`;
  return `<dl class="tiles">${[
    tile('sealed hours', count(hours.length)),
    tile('rows landed', count(landed)),
    tile('ids missing', count(lost), lost === 0 ? 'good' : 'bad'),
    tile(
      'complete',
      hours.length === 0 ? 'unknown' : percent(landed + lost === 0 ? 1 : landed / (landed + lost)),
    ),
    tile('records in quarantine', count(quarantinedRecords), quarantinedRecords === 0 ? '' : 'bad'),
    tile('table size', size(counts.bytes.gzip)),
  ].join('')}</dl>`;
}
