import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { listFolder } from '../../src/storage/folder-list.js';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Names that sort on both sides of the slash (0x2f), and keys of which one may begin another. */
const name = fc.string({
  unit: fc.constantFrom('a', 'b', '-', '.', '0', ' ', 'é', '😀'),
  minLength: 1,
  maxLength: 3,
});
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

describe('listing a folder', () => {
  it('is the sorted list of all keys, cut by prefix and startAfter, whatever they are', async function () {
    this.timeout(60_000);
    const cut = fc.oneof(
      fc.constant(''),
      key,
      key.map((text) => `${text}/`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 12 }), cut, cut, async (wanted, prefix, startAfter) => {
        const root = mkdtempSync(join(tmpdir(), 'fernlake-list-'));
        try {
          const made = wanted.filter((text) => make(root, text));
          const expected = [...new Set(made)]
            .filter((text) => text.startsWith(prefix) && byBytes(text, startAfter) > 0)
            .sort(byBytes);
          const found: string[] = [];
          for await (const info of listFolder(root, prefix, startAfter)) found.push(info.key);
          assert.deepEqual(found, expected);
        } finally {
          rmSync(root, { recursive: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** False where the file system cannot hold it: a file stands where a folder should, or it is a path upwards. */
function make(root: string, text: string): boolean {
  if (text.split('/').some((part) => part === '.' || part === '..')) return false;
  try {
    mkdirSync(dirname(join(root, text)), { recursive: true });
    writeFileSync(join(root, text), text);
    return true;
  } catch {
    return false;
  }
}
