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

module.exports = {
  // Files named on the command line replace the whole list.
  ...(process.argv.slice(2).some((arg) => /\.test\.js$/.test(arg)) ? {} : { spec: tests }),
  'node-option': ['enable-source-maps'],
  require: [path.join(root, 'dist', 'test', 'support', 'root-hooks.js')],
  reporter: path.join(root, '.ci', 'reporter.cjs'),
  timeout: 20_000,
  'forbid-only': Boolean(process.env.CI),
};
