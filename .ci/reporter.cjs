// mocha's spec reporter, which also writes its counts to $FERNLAKE_TEST_COUNTS (for .ci/check), after every test:
// a run that dies leaves what it had counted, with `ended` false.
const fs = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL, EVENT_TEST_PENDING } =
  Runner.constants;

class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.FERNLAKE_TEST_COUNTS;
    if (!file) return;
    const write = (ended) => {
      const { passes, failures, pending } = this.stats;
      const text = JSON.stringify({ ended, passed: passes, failed: failures, skipped: pending });
      fs.writeFileSync(`${file}.tmp`, text);
      fs.renameSync(`${file}.tmp`, file); // whoever reads it never sees half
    };
    runner.once(EVENT_RUN_BEGIN, () => write(false));
    for (const event of [EVENT_TEST_END, EVENT_TEST_FAIL, EVENT_TEST_PENDING])
      runner.on(event, () => write(false));
    runner.once(EVENT_RUN_END, () => write(true));
  }
}

module.exports = Reporter;
