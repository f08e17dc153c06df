import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readRepoFile, repoFile } from '../deploy/files.js';
import { folders, houseSvg, sentenceOf } from './house.js';

describe('the house', () => {
  it('has the folders of lint/floors.cjs and no others, each with a sentence at its door', () => {
    const there = readdirSync(repoFile('src'), { withFileTypes: true });
    assert.deepEqual(
      there
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
      folders().sort(),
    );
    for (const folder of folders()) {
      assert(existsSync(repoFile(`src/${folder}/README.md`)), `src/${folder}/README.md`);
      assert(sentenceOf(folder).length > 12, `src/${folder}/README.md says what the folder is for`);
    }
  });

  it('is drawn as it stands: else run `npm run docs`', () => {
    assert.equal(readRepoFile('docs/images/house.svg'), houseSvg());
  });

  it('is tested where it stands: a folder of test/ for each of src/', () => {
    for (const folder of folders()) assert(existsSync(repoFile(`test/${folder}`)), `test/${folder}`);
    for (const step of ['fetch', 'decrypt', 'compact', 'partition', 'gzip', 'upload']) {
      assert(existsSync(repoFile(`src/activities/${step}/activity.ts`)), step);
      assert(existsSync(repoFile(`test/activities/${step}`)), `test/activities/${step}`);
    }
  });
});
