import type { GrowthLine } from '../support/bench.js';

const WIDTH = 720;
const HEIGHT = 400;
const PAD = { left: 56, right: 24, top: 48, bottom: 48 };
const COLOURS = ['#1a7f64', '#9a6700', '#0969da'];
const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** How many times as fast so many workers are as one; the dashed line is linear. */
export function drawScale(lines: readonly GrowthLine[]): string | undefined {
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const most = Math.max(...all.map(({ work }) => work));
  const x = (work: number): number => PAD.left + (work / most) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number): number => HEIGHT - PAD.bottom - (value / most) * (HEIGHT - PAD.top - PAD.bottom);
  const works = [...new Set(all.map(({ work }) => work))];
  const drawn = lines.map(({ what, points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const at = points.map(({ work, value }) => `${x(work).toFixed(1)},${y(value).toFixed(1)}`);
    return [
      `  <polyline points="${at.join(' ')}" stroke="${colour}"/>`,
      ...points.map(({ work, value }) => {
        const [cx, cy] = [x(work).toFixed(1), y(value)];
        return `  <circle cx="${cx}" cy="${cy.toFixed(1)}" r="3.5" fill="${colour}"/>\n  <text x="${cx}" y="${(cy + (i % 2 === 0 ? -9 : 18)).toFixed(1)}" text-anchor="middle">${value.toFixed(2)}</text>`;
      }),
      `  <text x="${PAD.left + 14}" y="${PAD.top + 14 + 18 * i}" class="label" style="fill: ${colour}">${escapeXml(what)}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="reprocess over ever more workers">
  <style>
    text { font-family: system-ui, sans-serif; fill: #57606a; font-size: 11px; }
    .title { font-size: 17px; font-weight: 600; } .label { font-size: 13px; font-weight: 600; }
    polyline { fill: none; stroke-width: 2; } path { stroke: #8c959f; fill: none; }
  </style>
  <text x="16" y="26" class="title">reprocess over ever more workers, times as fast as over one (dashed: linear)</text>
  <path d="M${PAD.left} ${PAD.top}V${HEIGHT - PAD.bottom}H${WIDTH - PAD.right}"/>
  <path d="M${x(1)} ${y(1)}L${x(most)} ${y(most)}" stroke-dasharray="5 4"/>
${works.map((work) => `  <text x="${x(work).toFixed(1)}" y="${HEIGHT - PAD.bottom + 18}" text-anchor="middle">${work}</text>`).join('\n')}
  <text x="${WIDTH - PAD.right}" y="${HEIGHT - 10}" text-anchor="end">workers, each held to the same share of a core</text>
${drawn.join('\n')}
</svg>
`;
}
