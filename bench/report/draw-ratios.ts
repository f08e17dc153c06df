import type { Headline } from '../support/bench.js';

const WIDTH = 720;
const LEFT = 16;
const ROW = 44;
const BAR = 14;
const PLOT = WIDTH - 2 * LEFT - 70;
const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A bar for every headline that is held against somebody: 1 is a draw. Legible on white and on black. */
export function drawRatios(headlines: readonly Headline[]): string | undefined {
  const bars = headlines.flatMap(({ what, against, ratio }) =>
    ratio === undefined ? [] : [{ what: `${what}, against ${against ?? ''}`, ratio }],
  );
  if (bars.length === 0) return undefined;
  // Logarithmic: 1/4 and 4 are as far from a draw as each other.
  const logs = bars.map(({ ratio }) => Math.log2(ratio));
  const [low, high] = [Math.min(-1, ...logs), Math.max(1, ...logs)];
  const x = (log: number): number => LEFT + ((log - low) / (high - low)) * PLOT;
  const height = 66 + bars.length * ROW;
  const rows = bars.map(({ what, ratio }, i) => {
    const y = 58 + i * ROW;
    const [from, to] = [x(0), x(Math.log2(ratio))].sort((a, b) => a - b) as [number, number];
    return [
      `  <text x="${LEFT}" y="${y}" class="label">${escapeXml(what)}</text>`,
      `  <rect x="${from.toFixed(1)}" y="${y + 7}" width="${Math.max(1, to - from).toFixed(1)}" height="${BAR}" class="${ratio >= 1 ? 'better' : 'worse'}"/>`,
      `  <text x="${(to + 6).toFixed(1)}" y="${y + 19}" class="count">${ratio.toFixed(ratio < 10 ? 2 : 1)} ×</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="fernlake against its peers">
  <style>
    text { font-family: system-ui, sans-serif; fill: #57606a; }
    .title { font-size: 17px; font-weight: 600; } .label { font-size: 13px; } .count { font-size: 13px; font-weight: 600; }
    .better { fill: #1a7f64; } .worse { fill: #d1543f; } line { stroke: #8c959f; }
  </style>
  <text x="${LEFT}" y="28" class="title">fernlake against its peers: the line is a draw, right of it is better</text>
  <line x1="${x(0).toFixed(1)}" y1="40" x2="${x(0).toFixed(1)}" y2="${height - 8}"/>
${rows.join('\n')}
</svg>
`;
}
