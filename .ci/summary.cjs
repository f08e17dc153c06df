// summary.cjs <counts> <exit code> <counts of the repetition> <its exit code> [<failed check>…]: prints the last line of a
// run and exits with its verdict. A file that was repeated counts as it did then; which these were is said.
const { readCounts } = require('./counts.cjs');

const [first, firstCode, again, againCode, ...broken] = process.argv.slice(2);
const run = readCounts(first);
const repeated = readCounts(again);
const names = Object.keys(repeated.files);
const files = { ...run.files, ...repeated.files };
const sum = (what) => Object.values(files).reduce((total, counts) => total + counts[what], 0);

const faults = broken.map((name) => `${name} failed`);
const exitCode = names.length > 0 ? againCode : firstCode;
if (!run.ended || (names.length > 0 && !repeated.ended)) faults.push('the tests did not run to their end');
else if (sum('passed') + sum('failed') === 0) faults.push('no test ran');
else if (exitCode !== '0' && sum('failed') === 0)
  faults.push(`the tests passed, but ended with exit code ${exitCode}`);

process.stdout.write('\n');
for (const name of names.filter((file) => repeated.files[file].failed === 0)) {
  console.log(
    `UNSTEADY: ${run.files[name].failed} failed in ${name} beside others; all passed when it ran alone`,
  );
}
if (sum('failed') > 0) console.log(`${sum('failed')} tests failed`);
for (const fault of faults) console.log(fault);
const failed = sum('failed') + faults.length;
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`${sum('passed')} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : 0;
