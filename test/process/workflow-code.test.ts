import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  BUNDLE_PATH,
  stampOf,
  workflowCode,
  workflowModules,
  WORKFLOW_SOURCES,
} from '../../src/process/workflow-code.js';

const runsModules = (stamp: string): boolean => {
  const code = workflowCode(stamp);
  return (
    'workflowsPath' in code &&
    code.workflowsPath === WORKFLOW_SOURCES.workflowsPath &&
    code.interceptors.workflowModules === WORKFLOW_SOURCES.workflowInterceptorModules
  );
};

describe('the workflows that a worker runs', () => {
  it('are bundled by the build', () => {
    assert.deepEqual(workflowCode(), { workflowBundle: { codePath: BUNDLE_PATH } });
  });

  it('are known by every module that is in the bundle, so that no change of one passes unseen', () => {
    const text = readFileSync(BUNDLE_PATH, 'utf8');
    const found = text.matchAll(/"\.\/(?:[\w./-]*\/)?dist\/src\/([\w/-]+\.js)"/g);
    const bundled = new Set([...found].map(([, name = '']) => name));
    assert(bundled.has('workflows/etl.js') && bundled.has('limits.js'), [...bundled].join(' '));
    const known = new Set(workflowModules());
    assert.deepEqual(
      [...bundled].filter((name) => !known.has(name)),
      [],
    );
  });

  it('are bundled anew at the start where the bundle was made of other code', () => {
    // Files of its own, as other tests start workers from the build's at the same time.
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-stamp-'));
    try {
      const stamp = path.join(dir, 'stamp');
      assert(runsModules(stamp));
      writeFileSync(stamp, stampOf(Buffer.from('of another bundle')));
      assert(runsModules(stamp));
    } finally {
      rmSync(dir, { recursive: true });
    }
    const bundle = readFileSync(BUNDLE_PATH);
    assert.notEqual(stampOf(Buffer.concat([bundle, Buffer.from(' ')])), stampOf(bundle));
  });
});
