import type { GrowthLine } from '../support/bench.js';

const WIDTH = 720;
const COLUMNS = 2;
const CELL_WIDTH = WIDTH / COLUMNS;
const CELL_HEIGHT = 210;
const PAD = { left: 62, right: 22, top: 44, bottom: 36 };
const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Each figure at 1, 10, 100 times the work: both axes logarithmic, so that a level line is "does not grow". */
export function drawGrowth(lines: readonly GrowthLine[]): string | undefined {
  if (lines.length === 0) return undefined;
  const height = Math.ceil(lines.length / COLUMNS) * CELL_HEIGHT + 36;
  const cells = lines.map((line, i) =>
    cell(line, (i % COLUMNS) * CELL_WIDTH, 36 + Math.floor(i / COLUMNS) * CELL_HEIGHT),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="How the figures grow with the work">
  <style>
    text { font-family: system-ui, sans-serif; fill: #57606a; font-size: 11px; }
    .title { font-size: 17px; font-weight: 600; } .label { font-size: 12px; font-weight: 600; }
    polyline { fill: none; stroke: #1a7f64; stroke-width: 2; } circle { fill: #1a7f64; } path { stroke: #8c959f; fill: none; }
  </style>
  <text x="16" y="26" class="title">The same at 1, 10 and 100 times the work (both axes logarithmic)</text>
${cells.join('\n')}
</svg>
`;
}

function cell({ what, unit, points }: GrowthLine, left: number, top: number): string {
  const logs = (of: 'work' | 'value'): number[] =>
    points.map((point) => Math.log10(Math.max(1e-9, point[of])));
  const works = logs('work');
  const values = logs('value');
  // At least a factor of 100 high, so that noise looks like noise.
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  const half = Math.max(1, (Math.max(...values) - Math.min(...values)) / 2 + 0.2);
  const [workLow, workHigh] = [Math.min(...works), Math.max(...works, Math.min(...works) + 0.01)];
  const x = (log: number): number =>
    left + PAD.left + ((log - workLow) / (workHigh - workLow)) * (CELL_WIDTH - PAD.left - PAD.right);
  const bottom = top + CELL_HEIGHT - PAD.bottom;
  const y = (log: number): number =>
    bottom - ((log - middle + half) / (2 * half)) * (CELL_HEIGHT - PAD.top - PAD.bottom);
  const at = points.map((_, i) => [x(works[i] ?? 0).toFixed(1), y(values[i] ?? 0).toFixed(1)] as const);
  return [
    `  <text x="${left + 16}" y="${top + 18}" class="label">${escapeXml(what)}</text>`,
    `  <path d="M${left + PAD.left - 8} ${top + PAD.top - 8}V${bottom}H${left + CELL_WIDTH - PAD.right + 8}"/>`,
    `  <polyline points="${at.map((xy) => xy.join(',')).join(' ')}"/>`,
    ...at.flatMap(([px, py], i) => [
      `  <circle cx="${px}" cy="${py}" r="3"/>`,
      `  <text x="${px}" y="${Number(py) - 8}" text-anchor="middle">${escapeXml(short(points[i]?.value ?? 0))}${i === 0 ? ` ${escapeXml(unit)}` : ''}</text>`,
      `  <text x="${px}" y="${bottom + 16}" text-anchor="middle">${short(points[i]?.work ?? 0)}</text>`,
    ]),
  ].join('\n');
}

function short(n: number): string {
  if (n >= 1e6) return `${Number((n / 1e6).toPrecision(3))} M`;
  if (n >= 1e4) return `${Number((n / 1e3).toPrecision(3))} k`;
  return String(Number(n.toPrecision(3)));
}
