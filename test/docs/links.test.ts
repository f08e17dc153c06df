import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readRepoFile, repoFile } from '../deploy/files.js';
import { PAGES } from './pages.js';
import { readExample } from './reference/settings.js';

/** As GitHub makes anchors of headings. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

describe('the pages of the docs', () => {
  it('link to what is there', () => {
    for (const page of PAGES) {
      for (const [, target = ''] of readRepoFile(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(https?:|mailto:)/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
        assert(existsSync(repoFile(found)), `${page} links to ${target}`);
        if (anchor === undefined || !found.endsWith('.md')) continue;
        const headings = Array.from(readRepoFile(found).matchAll(/^#+ (.+)$/gm), ([, text = '']) =>
          anchorOf(text),
        );
        assert(headings.includes(anchor), `${page} links to ${target}`);
      }
    }
  });

  it('name no setting that there is not', () => {
    const known = new Set(
      readExample().flatMap(({ paragraphs }) =>
        paragraphs.flatMap(({ settings }) => settings.map(({ name }) => name)),
      ),
    );
    const tests = /^FERNLAKE_(CAMPAIGN|TEST)_?/;
    for (const page of PAGES) {
      for (const [name] of readRepoFile(page).matchAll(/\bFERN(?:LAKE|ET)_[A-Z_]*[A-Z]\b/g))
        assert(known.has(name) || tests.test(name), `${page} names ${name}`);
    }
  });

  it('are found from the index of how-tos', () => {
    const index = readRepoFile('docs/how-to/README.md');
    for (const name of readdirSync(repoFile('docs/how-to')).filter((file) => file !== 'README.md'))
      assert(index.includes(`(${name})`), name);
  });
});
