/** `npm run bench [-- name … --quick]`: runs benches, keeps their results, and renders RESULTS.md and the plots from all that are kept. */
import { parseArgs } from 'node:util';
import { BENCHES } from './benches/index.js';
import { cacheRoot } from './support/cache.js';
import { endRunning, ROOT } from './support/process.js';
import { renderAll } from './report/render.js';
import { resultsDir } from './support/results.js';
import { runBench } from './support/run-bench.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    render: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const names = BENCHES.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`There is no bench ${unknown.join(', ')}.\n`);
  process.stderr.write(
    [
      'npm run bench [-- NAME … --quick --render --out DIR]',
      ...BENCHES.map(({ name, minutes, title }) => `  ${name.padEnd(10)} ${title}, about ${minutes} min`),
      '  --quick    little data, once: shows that the benches work; its results are kept apart',
      '  --render   run nothing, only write the pages from the results that are kept',
      '  --out DIR  keep results and pages there, not in the checkout',
      `Data and peers lie in ${cacheRoot()} (FERNLAKE_BENCH_CACHE).`,
      '',
    ].join('\n'),
  );
  process.exit(values.help ? 0 : 2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write(`\n${signal}: ending what runs.\n`);
    void endRunning().finally(() => process.exit(130));
  });
}

const out = resultsDir({ root: ROOT, quick: values.quick, ...(values.out ? { out: values.out } : {}) });
let failed = 0;
if (!values.render) {
  const chosen = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const bench of chosen) {
    const ok = await runBench(bench, { quick: values.quick, out });
    failed += ok ? 0 : 1;
  }
}
const written = renderAll(out, names);
process.stdout.write(`Written: ${written.join(', ')}\n`);
process.exitCode = failed > 0 ? 1 : 0;
