import { VERSION } from '../../config/version.js';
import type { ReportData } from './gather.js';
import { count, details, escape, percent, size } from './html.js';
import { completeness, missing, overTime, quarantine } from './sections.js';
import { sizes } from './sizes.js';
import { STYLE } from './style.js';

/** Nothing is loaded and nothing runs: the page says so itself, and a browser holds it to that. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The whole page: one file, no script, no network. */
export function reportPage(data: ReportData): string {
  const { dataset, lake, madeAt, hours, unreadable } = data;
  const first = hours[0]?.hour;
  const last = hours.at(-1)?.hour;
  const range =
    first === undefined
      ? 'no sealed hour yet'
      : first === last
        ? `${first} (UTC)`
        : `${first} to ${last} (UTC)`;
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>fernlake: ${escape(dataset)}, ${escape(range)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>fernlake report: ${escape(dataset)}</h1>
<p class="soft">${escape(range)}, in <code>${escape(lake)}</code></p>
${tiles(data)}
</header>
<main>
${broken}
${body}
</main>
<footer>Made by fernlake ${escape(VERSION)} at ${escape(madeAt)} from the ledgers of the lake. <code>npx fernlake verify</code> computes them again from the raw archive.</footer>
</body>
</html>
`;
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
