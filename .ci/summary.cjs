// summary.cjs <counts file> <exit code of the tests> [<failed check>…]: prints the last line of a run and exits with its verdict.
const fs = require('node:fs');

const [countsFile, exitCode, ...broken] = process.argv.slice(2);

function readCounts() {
  try {
    return JSON.parse(fs.readFileSync(countsFile, 'utf8'));
  } catch {
    return { ended: false, passed: 0, failed: 0, skipped: 0 }; // mocha never began
  }
}

const counts = readCounts();
const faults = broken.map((name) => `${name} failed`);
if (!counts.ended) faults.push('the tests did not run to their end');
else if (counts.passed + counts.failed === 0) faults.push('no test ran');
else if (exitCode !== '0' && counts.failed === 0)
  faults.push(`the tests passed, but ended with exit code ${exitCode}`);

const failed = counts.failed + faults.length;
process.stdout.write('\n');
if (counts.failed > 0) console.log(`${counts.failed} tests failed`);
for (const fault of faults) console.log(fault);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
