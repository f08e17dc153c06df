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

// Files side by side, each with a Temporal server of its own: some of their time they wait. The longest go first (measured),
// so that the run does not end with one of them alone.
const LONGEST = [
  'docs/commands',
  'crash/crash.',
  'e2e/killed-worker',
  'crash/',
  'e2e/operator',
  'e2e/rollout',
  'commands/schedule',
  'e2e/s3',
  'commands/up',
  'e2e/temporal-tls',
  'workflows/etl-source',
  'liars/liars.',
  'lake-damage/',
  'workflows/etl-memory',
  'commands/status',
  'commands/doctor',
  'e2e/',
  'deploy/least-privilege',
  'limits/run-history',
  'report/page',
  'commands/wrong-input',
  'liars/',
  'http/',
  'embedded/dev-server',
  'workflows/',
  'commands/cli',
  'lint',
  'bench/quick',
  'pace-live/',
  'storage/s3',
  'audit/audit-lake',
  'deploy/template-moto',
];
const rank = (file) => {
  const at = LONGEST.findIndex((start) => file.includes(path.join('dist', 'test', start)));
  return at === -1 ? LONGEST.length : at;
};
const all = {
  spec: tests.sort((a, b) => rank(a) - rank(b)),
  parallel: true,
  jobs: Number(process.env.FERNLAKE_TEST_JOBS ?? 3),
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
