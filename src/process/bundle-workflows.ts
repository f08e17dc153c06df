/** The last step of `npm run build`: bundles the workflows once, so that no worker has to at its start. */
import { rmSync, writeFileSync } from 'node:fs';
import { BUNDLE_PATH, BUNDLE_STAMP_PATH, stampOf, workflowCode, WORKFLOW_SOURCES } from './workflow-code.js';

if (!('workflowBundle' in workflowCode())) {
  // Loaded late: most builds have nothing to do here.
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  rmSync(BUNDLE_STAMP_PATH, { force: true });
  const { code } = await bundleWorkflowCode({ ...WORKFLOW_SOURCES, logger: quiet });
  writeFileSync(BUNDLE_PATH, code);
  writeFileSync(BUNDLE_STAMP_PATH, stampOf(Buffer.from(code)));
}
