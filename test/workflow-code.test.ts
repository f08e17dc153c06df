import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BUNDLE_PATH, stampOf, workflowCode, WORKFLOWS_PATH } from '../src/workflow-code.js';

describe('the workflows that a worker runs', () => {
  it('are bundled by the build', () => {
    assert.deepEqual(workflowCode(), { workflowBundle: { codePath: BUNDLE_PATH } });
  });

  it('are bundled anew at the start where the bundle was made of other code', () => {
    // Files of its own, as other tests start workers from the build's at the same time.
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-stamp-'));
    try {
      const stamp = path.join(dir, 'stamp');
      assert.deepEqual(workflowCode(stamp), { workflowsPath: WORKFLOWS_PATH });
      writeFileSync(stamp, stampOf(Buffer.from('of another bundle')));
      assert.deepEqual(workflowCode(stamp), { workflowsPath: WORKFLOWS_PATH });
    } finally {
      rmSync(dir, { recursive: true });
    }
    const bundle = readFileSync(BUNDLE_PATH);
    assert.notEqual(stampOf(Buffer.concat([bundle, Buffer.from(' ')])), stampOf(bundle));
  });
});
