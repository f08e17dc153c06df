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
  'e2e/killed-worker',
  'commands/up.',
  'docs/commands',
  'crash/crash.',
  'e2e/rollout',
  'crash/',
  'process/one-lake',
  'e2e/s3',
  'e2e/temporal-tls',
  'workflows/etl-source',
  'lake-damage/',
  'workflows/etl-memory',
  'bench/quick',
  'activities/seal/charged-once',
  'e2e/operator',
  'deploy/least-privilege',
  'liars/',
  'embedded/dev-server',
  'limits/run-history',
  'e2e/',
  'inspect/report/page',
  'workflows/',
  'commands/status',
  'process/http/',
  'pace-live/',
  'storage/',
  'inspect/verify/',
  'deploy/template-moto',
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
