// Tests run as compiled, so that they exercise exactly what ships. The list comes from the sources,
// so that the left-over output of a deleted test is never run.
const fs = require('node:fs');
const path = require('node:path');

const root = __dirname;
const tests = fs
  .readdirSync(path.join(root, 'test'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.ts'))
  .sort()
  .map((name) => path.join('dist', 'test', name.replace(/\.ts$/, '.js')));

// Files run side by side on one Temporal server; some of their time they wait. The longest go first (measured), so that the
// run does not end with one of them alone.
const LONGEST = [
  'commands/up.',
  'docs/commands',
  'e2e/rollout',
  'e2e/killed-worker',
  'crash/crash.',
  'bench/quick',
  'workflows/etl-source',
  'workflows/etl-memory',
  'limits/foreign-lake',
  'crash/',
  'e2e/temporal-tls',
  'limits/run-history',
  'e2e/cluster',
  'process/one-lake',
  'workflows/web-ui',
  'embedded/dev-server',
  'e2e/',
  'process/http/',
  'workflows/',
  'lake-damage/',
  'liars/',
  'ci.',
  'deploy/',
  'process/',
  'commands/',
  'inspect/report/page',
  'pace-live/',
  'activities/seal/',
  'activities/far-late',
  'tables/',
  'storage/',
  'inspect/',
];
const rank = (file) => {
  const at = LONGEST.findIndex((start) => file.includes(path.join('dist', 'test', start)));
  return at === -1 ? LONGEST.length : at;
};
const all = {
  spec: tests.sort((a, b) => rank(a) - rank(b)),
  parallel: true,
  jobs: Number(process.env.FERNLAKE_TEST_JOBS ?? 4),
};

module.exports = {
  // Files named on the command line replace the whole list.
  ...(process.argv.slice(2).some((arg) => /\.test\.js$/.test(arg)) ? {} : all),
  'node-option': ['enable-source-maps'],
  require: [path.join(root, 'dist', 'test', 'support', 'root-hooks.js')],
  reporter: path.join(root, '.ci', 'reporter.cjs'),
  timeout: 20_000,
  'forbid-only': Boolean(process.env.CI),
};
