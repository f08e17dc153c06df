import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import {
  BUNDLE_PATH,
  BUNDLE_STAMP_PATH,
  stampOf,
  workflowCode,
  WORKFLOWS_PATH,
} from '../src/workflow-code.js';

describe('the workflows that a worker runs', () => {
  it('are bundled by the build', () => {
    assert.deepEqual(workflowCode(), { workflowBundle: { codePath: BUNDLE_PATH } });
  });

  it('are bundled anew at the start where the bundle was made of other code', () => {
    renameSync(BUNDLE_STAMP_PATH, `${BUNDLE_STAMP_PATH}.away`);
    try {
      assert.deepEqual(workflowCode(), { workflowsPath: WORKFLOWS_PATH });
    } finally {
      renameSync(`${BUNDLE_STAMP_PATH}.away`, BUNDLE_STAMP_PATH);
    }
    const bundle = readFileSync(BUNDLE_PATH);
    assert.notEqual(stampOf(Buffer.concat([bundle, Buffer.from(' ')])), stampOf(bundle));
  });
});
