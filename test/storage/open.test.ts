import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isFernlakeError } from '../../src/errors.js';
import { openStorage } from '../../src/storage/open.js';

describe('opening a lake', () => {
  it('takes a folder for file: and a bucket for s3:', async () => {
    const root = mkdtempSync(join(tmpdir(), 'fernlake-open-'));
    try {
      const uri = pathToFileURL(root).href;
      const folder = await openStorage(`${uri}/`);
      assert.equal(folder.uri, uri);
      await folder.put('a', Buffer.from('1'));
      assert.equal((await folder.get('a')).body.toString(), '1');
    } finally {
      rmSync(root, { recursive: true });
    }
    assert.equal((await openStorage('s3://some-bucket/with/prefix/')).uri, 's3://some-bucket/with/prefix');
  });

  it('names any other address as a fault of the configuration, with what it must be', async () => {
    for (const uri of [
      '',
      'lake',
      '/abs',
      'gs://bucket',
      'http://host',
      'file:',
      's3:',
      's3://',
      's3://UPPER',
    ]) {
      await assert.rejects(
        openStorage(uri),
        (error) => isFernlakeError(error, 'Configuration') && /s3:\/\/|file:\/\/\//.test(error.message),
        uri,
      );
    }
  });
});
