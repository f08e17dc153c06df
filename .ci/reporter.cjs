// mocha's spec reporter, which also writes its counts to $FERNLAKE_TEST_COUNTS (for .ci/check), by test file, after every
// test: a run that dies leaves what it had counted, with `ended` false.
const fs = require('node:fs');
const path = require('node:path');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Runner.constants;

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
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

module.exports = Reporter;
