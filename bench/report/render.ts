import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StoredResult, Table } from '../support/bench.js';
import { loadResult, type ResultsDir } from '../support/results.js';
import { drawGrowth } from './draw-growth.js';
import { drawRatios } from './draw-ratios.js';
import { drawScale } from './draw-scale.js';

/** Writes RESULTS.md and the plots from the results that are kept; gives the files. */
export function renderAll(out: ResultsDir, names: readonly string[]): string[] {
  const results = names.map((name) => loadResult(out, name)).filter((result) => result !== undefined);
  mkdirSync(path.dirname(out.page), { recursive: true });
  mkdirSync(out.images, { recursive: true });
  const written: string[] = [];
  const write = (file: string, text: string): void => {
    writeFileSync(file, text);
    written.push(file);
  };
  const ratios = drawRatios(results.flatMap(({ headlines }) => headlines));
  const growth = drawGrowth(results.flatMap(({ growth: lines = [] }) => lines));
  const scaling = drawScale(results.flatMap(({ scaling: lines = [] }) => lines));
  if (ratios) write(path.join(out.images, 'bench-ratios.svg'), ratios);
  if (growth) write(path.join(out.images, 'bench-growth.svg'), growth);
  if (scaling) write(path.join(out.images, 'bench-scale.svg'), scaling);
  const image = (name: string): string => path.relative(path.dirname(out.page), path.join(out.images, name));
  write(
    out.page,
    resultsPage(results, {
      ratios: ratios && image('bench-ratios.svg'),
      growth: growth && image('bench-growth.svg'),
      scaling: scaling && image('bench-scale.svg'),
    }),
  );
  return written;
}

interface Images {
  readonly ratios: string | undefined;
  readonly growth: string | undefined;
  readonly scaling: string | undefined;
}

function resultsPage(results: readonly StoredResult[], images: Images): string {
  const parts = [
    '# Results of the benches',
    '',
    'Written by `npm run bench`; do not edit. [How to read it](../docs/reference/performance.md). ' +
      'Each bench says when it ran, on which commit and machine.',
    '',
    shortTable(results),
    ...(images.ratios ? [`![Ratios](${images.ratios})`, ''] : []),
    ...(images.growth ? [`![Growth](${images.growth})`, ''] : []),
    ...(images.scaling ? [`![Workers](${images.scaling})`, ''] : []),
  ];
  for (const result of results) {
    parts.push(`## ${result.title}`, '', `\`npm run bench -- ${result.name}\`. ${circumstances(result)}`, '');
    if (result.error !== undefined) parts.push(`**Failed**: ${result.error}`, '');
    for (const table of result.tables) parts.push(...tableLines(table), '');
    for (const note of result.notes) parts.push(note, '');
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

function circumstances({ startedAt, seconds, commit, machine }: StoredResult): string {
  const { cpu, cores, memoryGiB, os, node, python, go, load, quiet, stolenPercent } = machine;
  const noise = quiet ? '' : ' **The machine was not quiet: the figures are worse than they would be.**';
  const stolen =
    stolenPercent === undefined
      ? ''
      : `; of the processors' time, the hypervisor gave ${stolenPercent} % to others`;
  return (
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC, ${seconds} s, commit ${commit}; ${cpu}, ${cores} cores, ` +
    `${memoryGiB} GiB, ${os}, Node ${node}, Python ${python}, Go ${go}; load ${load} at the start${stolen}.${noise}`
  );
}

/** What stands at the top. */
export function shortTable(results: readonly StoredResult[]): string {
  const rows = results.flatMap(({ headlines }) =>
    headlines.map(({ what, value, against = '', ratio, met }) => [
      what,
      value,
      against +
        (ratio === undefined ? '' : ` (${ratio.toFixed(2)} times)`) +
        (met === false ? ' **missed**' : ''),
    ]),
  );
  return `${tableLines({ title: '', columns: ['', 'fernlake', 'against'], rows }).join('\n')}\n\n`;
}

function tableLines({ title, columns, rows }: Table): string[] {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [
    ...(title === '' ? [] : [`**${title}**`, '']),
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
  ];
}
