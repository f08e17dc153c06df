import { readRepoFile } from '../../deploy/files.js';
import { code, type Page } from './page.js';

export interface Setting {
  readonly name: string;
  /** Empty: not set, or required. */
  readonly value: string;
}

interface Paragraph {
  readonly text: readonly string[];
  readonly settings: readonly Setting[];
}

interface Section {
  readonly title: string;
  readonly paragraphs: readonly Paragraph[];
}

/**
 * `.env.example`: sections behind `# ── Title ──`, paragraphs of comments, and the settings that they are about as
 * `# NAME=default`. It is what a user copies, so the page is made from it; test/docs/settings.test.ts holds it against
 * the code, name by name and default by default.
 */
export function readExample(): Section[] {
  const sections: { title: string; paragraphs: { text: string[]; settings: Setting[] }[] }[] = [];
  let open = false;
  for (const line of readRepoFile('.env.example').split('\n')) {
    const title = /^# ── (.+?) ─+$/.exec(line)?.[1];
    const setting = /^# ([A-Z][A-Z0-9_]+)=(.*)$/.exec(line);
    const section = sections.at(-1);
    if (title !== undefined) sections.push({ title, paragraphs: [] });
    else if (line === '') open = false;
    else if (section && line.startsWith('#')) {
      const last = section.paragraphs.at(-1);
      // A comment behind a setting begins the next paragraph.
      const paragraph =
        open && last && !(last.settings.length > 0 && !setting) ? last : { text: [], settings: [] };
      if (paragraph !== last) section.paragraphs.push(paragraph);
      open = true;
      if (setting) paragraph.settings.push({ name: setting[1] ?? '', value: setting[2] ?? '' });
      else paragraph.text.push(line.replace(/^# ?/, ''));
    }
  }
  return sections;
}

export function settingsPage(): Page {
  const body = readExample().map(
    ({ title, paragraphs }) => `## ${title}\n\n${paragraphs.map(paragraphText).join('\n\n')}`,
  );
  return {
    file: 'settings.md',
    title: 'Settings',
    about: 'every environment variable, with its default',
    from: ['.env.example'],
    body: `Environment variables, or a file \`.env\` in the working directory, which never overrides what is set. Durations are a number and a unit:
\`500ms\`, \`30s\`, \`5m\`, \`1h\`. All faults are told at once, with exit code 2.

${body.join('\n\n')}`,
  };
}

function paragraphText({ text, settings }: Paragraph): string {
  const names = settings.map(({ name, value }) =>
    value === '' ? `**${code(name)}**` : `**${code(name)}** (default ${code(value)})`,
  );
  const examples = text.filter((line) => line.startsWith('Example: '));
  const words = text.filter((line) => !line.startsWith('Example: ')).join(' ');
  const shown = examples.map((line) => `Example: ${code(line.slice('Example: '.length))}`);
  return [names.join(', '), [words, ...shown].filter((part) => part !== '').join(' ')]
    .filter((part) => part !== '')
    .join('  \n');
}
