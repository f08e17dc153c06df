/** `npm run bench:data -- day-1m hour-5m`: mints what the benches would mint when they need it. */
import { DATASET_NAMES, isDatasetName } from './datasets.js';
import { ensureDataset } from './ensure-dataset.js';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !isDatasetName(name));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`No such dataset: ${unknown.join(', ')}.\n`);
  process.stderr.write(`npm run bench:data -- ${DATASET_NAMES.join(' | ')} …\n`);
  process.exitCode = 2;
} else {
  for (const name of names.filter(isDatasetName)) {
    const { dir, content, tokens, bodyBytes, packedBytes } = await ensureDataset(name);
    process.stdout.write(
      `${name}: ${dir}\n  ${content.rows} records, ${tokens} tokens, ${bodyBytes} B, packed ${packedBytes} B, content ${content.sum}\n`,
    );
  }
}
