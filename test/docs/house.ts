import { createRequire } from 'node:module';
import { readRepoFile, repoFile } from '../deploy/files.js';

const { FLOORS, STEPS } = createRequire(import.meta.url)(repoFile('lint/floors.cjs')) as {
  FLOORS: readonly (readonly string[])[];
  STEPS: readonly (readonly string[])[];
};

/** Files at the top of src/, in place of folders. */
const WORDS: Readonly<Record<string, string>> = {
  cli: 'The command line.',
  worker: 'The worker, wired: activities over storage and source.',
  schedule: 'The schedule: applied, planned, triggered, backfilled.',
};
const LOWEST = 'The words and numbers of the whole house. They import nothing.';

export interface Floor {
  /** `lake/`, or `errors.ts limits.ts figures.ts`. */
  readonly name: string;
  /** The first sentence at its door. */
  readonly sentence: string;
}

export const folders = (): string[] =>
  FLOORS.flat().filter((name) => !(name in WORDS) && !FLOORS[0]!.includes(name));

/** What stands in src/<folder>/README.md below its title, up to the first full stop. */
export function sentenceOf(folder: string): string {
  const [, text = ''] = readRepoFile(`src/${folder}/README.md`).split('\n\n');
  return `${text.split(/[.:](?:\s|$)/)[0] ?? ''}.`.replaceAll('`', '');
}

/** Highest first, as one comes in. */
export function floors(): Floor[] {
  return FLOORS.map((names, at) => {
    if (at === 0) return { name: names.map((name) => `${name}.ts`).join(' '), sentence: LOWEST };
    const [name = ''] = names;
    return name in WORDS
      ? { name: `${name}.ts`, sentence: WORDS[name] ?? '' }
      : { name: `${name}/`, sentence: sentenceOf(name) };
  }).reverse();
}

const ROW = 44;
const WIDTH = 960;

/** The floors, one upon the other, and in `activities/` its steps. */
export function houseSvg(): string {
  const all = floors();
  let y = 16;
  const parts: string[] = [];
  for (const { name, sentence } of all) {
    const steps = name === 'activities/' ? STEPS.flat().filter((step) => step !== 'index') : [];
    const height = steps.length > 0 ? ROW * 2 : ROW - 6;
    parts.push(
      `<rect class="box" x="56" y="${y}" width="${WIDTH - 72}" height="${height}" rx="6"/>`,
      `<text class="name" x="72" y="${y + 24}">${name}</text>`,
      `<text class="words" x="300" y="${y + 24}">${escape(sentence)}</text>`,
    );
    steps.forEach((step, at) => {
      const x = 72 + at * 97;
      parts.push(
        `<rect class="step" x="${x}" y="${y + 42}" width="88" height="32" rx="4"/>`,
        `<text class="words" x="${x + 44}" y="${y + 63}" text-anchor="middle">${step}</text>`,
      );
    });
    y += height + 6;
  }
  const names = all.map(({ name }) => name).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">
<title id="t">The floors of src/</title>
<desc id="d">From top to bottom: ${names}. Each imports from those below it, and none from those above.</desc>
<style>
 .bg{fill:#fff}.box{fill:#f4f6f8;stroke:#57606a}.step{fill:#fff;stroke:#8c959f}.name{fill:#1f2328;font-weight:600}.words{fill:#1f2328}.arrow{stroke:#57606a;fill:none;stroke-width:2}
 @media (prefers-color-scheme:dark){.bg{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}.step{fill:#0d1117;stroke:#6e7681}.name,.words{fill:#e6edf3}.arrow{stroke:#8b949e}}
</style>
<rect class="bg" width="${WIDTH}" height="${y + 10}"/>
<path class="arrow" d="M28 20V${y - 10}M20 ${y - 22}L28 ${y - 10}L36 ${y - 22}"/>
<text class="words" transform="translate(18 ${y / 2}) rotate(-90)" text-anchor="middle">imports</text>
${parts.join('\n')}
</svg>
`;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
