import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readConfig } from '../../src/config/config.js';
import { FAILURE_CODES } from '../../src/errors.js';
import { readRepoFile, repoFile } from '../deploy/files.js';
import { REFERENCE, referencePages } from './reference/all.js';
import { kindsThrown } from './reference/failures.js';
import { readExample } from './reference/settings.js';

/** Of these, others take care. */
const BY_HAND = ['limits.md', 'performance.md', 'requests.md', 'scale.md'];

describe('docs/reference', function () {
  this.timeout(60_000);
  let pages: Map<string, string>;
  before(async () => (pages = await referencePages()));

  it('says what the code says: else run `npm run docs`', () => {
    for (const [file, text] of pages) {
      assert(existsSync(repoFile(file)), `${file} is not there: npm run docs`);
      assert.equal(readRepoFile(file), text, `${file} is not what the code says: npm run docs`);
    }
  });

  it('has no page that nobody writes', () => {
    const written = [...pages.keys()].filter((file) => file.startsWith(REFERENCE));
    const known = [...written, ...BY_HAND.map((name) => `${REFERENCE}/${name}`)];
    assert.deepEqual(
      readdirSync(repoFile(REFERENCE))
        .map((name) => `${REFERENCE}/${name}`)
        .sort(),
      known.sort(),
    );
  });

  it('leaves nothing without a word, and no cell that breaks its table', () => {
    for (const [file, text] of pages) {
      assert.doesNotMatch(text, /undefined|\[object/, file);
      const described = /^(ledger|failure-codes|workflows)\.md$/.test(file.slice(REFERENCE.length + 1));
      if (described) assert.doesNotMatch(text, /\| +\|$/m, file);
      for (const block of text.match(/(?:^\|.*\n)+/gm) ?? []) {
        const widths = block
          .trimEnd()
          .split('\n')
          .map((line) => line.replaceAll('\\|', '').split('|').length);
        assert.deepEqual([...new Set(widths)].length, 1, `${file}: ${block.slice(0, 200)}`);
      }
    }
    const metrics = pages.get(`${REFERENCE}/metrics.md`) ?? '';
    assert((metrics.match(/^\| `fernlake_/gm) ?? []).length >= 25);
    assert((pages.get(`${REFERENCE}/commands.md`)?.match(/^##+ fernlake /gm) ?? []).length >= 24);
  });

  it('gives for each setting the default that the code has', () => {
    const needed = { FERNLAKE_LAKE: 'file:///tmp/lake' };
    const base = plain(readConfig({}, needed));
    const settings = readExample().flatMap(({ paragraphs }) => paragraphs.flatMap((each) => each.settings));
    const given = settings.filter(({ value }) => value !== '');
    assert(settings.length >= 20 && given.length >= 10, `${settings.length} ${given.length}`);
    for (const { name, value } of given) {
      const config = plain(readConfig({}, { ...needed, [name]: value }));
      // Naming a server is what this one is for, whatever the default is.
      assert.deepEqual(config, name === 'TEMPORAL_ADDRESS' ? { ...base, hasTemporal: true } : base, name);
    }
  });

  it('knows how each failure code is thrown', () => {
    const unknown = [...kindsThrown().keys()].filter((name) => !(name in FAILURE_CODES));
    assert.deepEqual(unknown, []);
    assert.doesNotMatch(pages.get(`${REFERENCE}/failure-codes.md`) ?? '', /never thrown/);
  });
});

/** Without what depends on the machine, and without what Temporal's own reader makes of its variables. */
function plain(config: ReturnType<typeof readConfig>) {
  return {
    ...config,
    searchPath: [],
    cacheDir: '',
    temporal: {},
    declaration: JSON.stringify(config.declaration),
  };
}
