export interface Bar {
  readonly label: string;
  readonly polls: number;
  readonly landed: number;
  readonly missing: number;
}

const WIDTH = 720;
const LEFT = 16;
const BAR_WIDTH = WIDTH - 2 * LEFT;
const ROW = 92;

const grouped = (n: number): string => n.toLocaleString('en-US');

/** One bar a way of polling: what landed, and what the ledger calls missing. Legible on white and on black. */
export function drawBars(bars: readonly Bar[], hours: number): string {
  const height = 64 + bars.length * ROW;
  const rows = bars.map(({ label, polls, landed, missing }, i) => {
    const y = 60 + i * ROW;
    const share = landed / (landed + missing);
    const width = Math.round(BAR_WIDTH * share);
    const lost =
      missing === 0 ? '0 missing' : `${grouped(missing)} missing (${((1 - share) * 100).toFixed(1)} %)`;
    return [
      `  <text x="${LEFT}" y="${y}" class="label">${label} · ${grouped(polls)} polls</text>`,
      `  <rect x="${LEFT}" y="${y + 10}" width="${BAR_WIDTH}" height="26" class="missing"/>`,
      `  <rect x="${LEFT}" y="${y + 10}" width="${width}" height="26" class="landed"/>`,
      `  <text x="${LEFT}" y="${y + 54}" class="count">${grouped(landed)} landed, ${lost}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Records landed and missing, paced and fixed">
  <style>
    text { font-family: system-ui, sans-serif; fill: #57606a; }
    .title, .label { font-weight: 600; }
    .title { font-size: 17px; } .label { font-size: 15px; } .count { font-size: 14px; }
    .landed { fill: #1a7f64; } .missing { fill: #d1543f; }
  </style>
  <text x="${LEFT}" y="28" class="title">1.68 records a second for ${hours} hours, a window of 100, as the ledgers have it</text>
${rows.join('\n')}
</svg>
`;
}
