/** Writes the generated pages of docs/reference, and the picture of the house: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { repoFile } from '../deploy/files.js';
import { houseSvg } from './house.js';
import { REFERENCE, referencePages } from './reference/all.js';

mkdirSync(repoFile(REFERENCE), { recursive: true });
for (const [file, text] of await referencePages()) {
  writeFileSync(repoFile(file), text);
  console.log(file);
}
writeFileSync(repoFile('docs/images/house.svg'), houseSvg());
