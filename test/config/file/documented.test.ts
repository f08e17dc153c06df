import assert from 'node:assert/strict';
import { PAGES } from '../../docs/pages.js';
import { readRepoFile } from '../../deploy/files.js';
import { readWritten } from './written.js';

/** Files in the pages: lines with four blanks in front, from `lake:` on. */
function filesIn(page: string): string[] {
  const blocks = readRepoFile(page).match(/(?:^ {4}.*\n|^\n(?= {4}))+/gm) ?? [];
  return blocks.map((block) => block.replaceAll(/^ {4}/gm, '')).filter((text) => /^lake: /m.test(text));
}

describe('a fernlake.yaml in the pages', () => {
  it('can be copied: fernlake takes it', () => {
    const found = PAGES.flatMap((page) => filesIn(page).map((text) => ({ page, text })));
    assert(found.length > 0);
    for (const { page, text } of found) {
      const names = [...text.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
      const key = Buffer.alloc(32, 5).toString('base64url');
      const { faults } = readWritten({ text, env: Object.fromEntries(names.map((name) => [name, key])) });
      assert.deepEqual(faults, [], page);
    }
  });
});
