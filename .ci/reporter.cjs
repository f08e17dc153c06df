// mocha's spec reporter, which also
// - writes its counts to $FERNLAKE_TEST_COUNTS (for .ci/check), by test file, after every test: a run that dies leaves what it
//   had counted, with `ended` false,
// - prints, behind a run of many files, the ten of them that took most processor time (test/support/costs.ts notes it).
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Runner.constants;

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    if (options.parallel) printSlowestAtEnd(runner);
    const target = process.env.FERNLAKE_TEST_COUNTS;
    if (!target) return;
    const files = {};
    const write = (ended) => {
      fs.writeFileSync(`${target}.tmp`, JSON.stringify({ ended, files }));
      fs.renameSync(`${target}.tmp`, target); // whoever reads it never sees half
    };
    // Hooks that fail come here, too: the root hooks' own belong to no file.
    const count = (what) => (test) => {
      const file = test.file ? path.relative(process.cwd(), test.file) : '';
      files[file] ??= { passed: 0, failed: 0, skipped: 0 };
      files[file][what] += 1;
      write(false);
    };
    runner.once(EVENT_RUN_BEGIN, () => write(false));
    runner.on(EVENT_TEST_PASS, count('passed'));
    runner.on(EVENT_TEST_FAIL, count('failed'));
    runner.on(EVENT_TEST_PENDING, count('skipped'));
    runner.once(EVENT_RUN_END, () => write(true));
  }
}

const SLOWEST = 10;

function printSlowestAtEnd(runner) {
  const target = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'fernlake-costs-')), 'costs');
  process.env.FERNLAKE_TEST_COSTS = target; // mocha's workers, which start later, inherit it
  runner.once(EVENT_RUN_END, () => {
    const costs = fs.existsSync(target)
      ? fs.readFileSync(target, 'utf8').trim().split('\n').map(JSON.parse)
      : [];
    fs.rmSync(path.dirname(target), { recursive: true });
    const sum = costs.reduce((total, { cpuMs }) => total + cpuMs, 0);
    console.log(`\n  The ${costs.length} test files took ${seconds(sum)} of processor time. The slowest:`);
    for (const { file, cpuMs, wallMs } of costs.sort((a, b) => b.cpuMs - a.cpuMs).slice(0, SLOWEST))
      console.log(
        `  ${seconds(cpuMs).padStart(8)} in ${seconds(wallMs).padStart(8)}  ${path.relative(process.cwd(), file)}`,
      );
    console.log();
  });
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

module.exports = Reporter;
