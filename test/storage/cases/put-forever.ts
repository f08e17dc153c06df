/** A process that puts an endless body; `kill -9` finds it in the middle. Arguments: lake, key, kind of condition. */
import { openFolder } from '../../../src/storage/folder.js';

const [, , lake = '', key = '', etag = ''] = process.argv;
const storage = await openFolder(lake);

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(100_000, 'partial');
    process.stdout.write('.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

await storage.put(key, endless(), etag ? { kind: 'matches', etag } : { kind: 'absent' });
