// What the reporter has written. Run by itself: prints the test files of which something failed, a line each; nothing
// where that is no matter of a few files.
const fs = require('node:fs');

const A_FEW = 5;

/** `{ended, files: {<file>: {passed, failed, skipped}}}`; of a run that never began: not ended, no file. */
function readCounts(name) {
  try {
    return JSON.parse(fs.readFileSync(name, 'utf8'));
  } catch {
    return { ended: false, files: {} };
  }
}

function filesToRepeat({ ended, files }) {
  const failed = Object.keys(files).filter((file) => files[file].failed > 0);
  return ended && failed.length <= A_FEW && !failed.includes('') ? failed : [];
}

module.exports = { readCounts };
if (require.main === module) for (const file of filesToRepeat(readCounts(process.argv[2]))) console.log(file);
