import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BENCHES } from '../../bench/benches/index.js';
import { loadResult, resultsDir } from '../../bench/support/results.js';
import { run } from '../../bench/support/process.js';

/** Those that start servers and run for a minute of processor time are left to `npm run bench -- --quick`. */
const DEAR = new Set(['live', 'products', 'scale']);
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
const TRIED = BENCHES.filter(({ name }) => FULL || !DEAR.has(name));

const main = path.resolve(import.meta.dirname, '..', '..', 'bench', 'main.js');

/** Benches in their quick form, so that none of them rots. Starts a Temporal dev server and workers. */
describe('npm run bench -- --quick', function () {
  this.timeout(180_000);
  let dir: string;
  before(() => void (dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-bench-'))));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it(`runs ${TRIED.map(({ name }) => name).join(', ')} and renders what they found`, async () => {
    const env = { FERNLAKE_BENCH_CACHE: path.join(dir, 'cache') };
    const names = TRIED.map(({ name }) => name);
    await run(process.execPath, [main, ...names, '--quick', '--out', dir], { env });
    const out = resultsDir({ root: dir, quick: true, out: dir });
    const page = readFileSync(out.page, 'utf8');
    for (const { name, title } of TRIED) {
      const result = loadResult(out, name);
      assert.equal(result?.error, undefined);
      assert((result?.tables.length ?? 0) > 0 && (result?.headlines.length ?? 0) > 0, name);
      assert(page.includes(`## ${title}`));
    }
  });

  it('names the benches for a name that it does not know', async () => {
    const { code, stderr } = await run(process.execPath, [main, 'decrpyt'], { mayFail: true });
    assert.equal(code, 2);
    assert.match(stderr, /no bench decrpyt[^]*decrypt/);
  });
});
