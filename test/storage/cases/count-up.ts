/** A process that adds 1 to a number in the lake, again and again, as any reader-writer must: read, replace that version. */
import { isFernlakeError } from '../../../src/errors.js';
import { openFolder } from '../../../src/storage/folder.js';

const [, , lake = '', key = '', times = '0'] = process.argv;
const storage = await openFolder(lake);
process.stdout.write('ready\n');

for (let added = 0; added < Number(times);) {
  const { body, etag } = await storage.get(key);
  const next = Buffer.from(String(Number(body.toString()) + 1));
  try {
    await storage.put(key, next, { kind: 'matches', etag });
    added += 1;
  } catch (error) {
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
}
