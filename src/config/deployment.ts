import type { VersioningBehavior } from '@temporalio/common';
import { deploymentName, oneOf, workerBuildId } from './values.js';

/** Which version of a Temporal worker deployment a worker is (Worker Versioning; docs/how-to/upgrade.md). */
export interface Deployment {
  /** The same for all versions: `fernlake`. */
  readonly name: string;
  /** undefined: the release's own (`defaultBuildId`). */
  readonly buildId: string | undefined;
  /** What becomes of a workflow that runs while another version becomes the current one. */
  readonly behavior: VersioningBehavior;
}

type Read = <T>(name: string, parse: (text: string) => T, fallback: T) => T;
const BEHAVIORS = { 'auto-upgrade': 'AUTO_UPGRADE', pinned: 'PINNED' } as const;

/**
 * By the names that Temporal's Worker Controller sets, so that it needs no translation. undefined without a deployment name:
 * then workers are unversioned, and each takes whatever is on its task queue. Faults: what would silently have no effect.
 */
export function readDeployment(read: Read, faults: string[]): Deployment | undefined {
  const name = read<string | undefined>('TEMPORAL_DEPLOYMENT_NAME', deploymentName, undefined);
  const buildId = read<string | undefined>('TEMPORAL_WORKER_BUILD_ID', workerBuildId, undefined);
  const versioning = read<keyof typeof BEHAVIORS>(
    'FERNLAKE_VERSIONING',
    oneOf('auto-upgrade', 'pinned'),
    'auto-upgrade',
  );
  if (name !== undefined) return { name, buildId, behavior: BEHAVIORS[versioning] };
  const isSet = {
    TEMPORAL_WORKER_BUILD_ID: buildId !== undefined,
    FERNLAKE_VERSIONING: versioning === 'pinned',
  };
  for (const [setting, itIs] of Object.entries(isSet)) {
    if (itIs)
      faults.push(
        `${setting} has no effect without TEMPORAL_DEPLOYMENT_NAME, the name of the worker deployment, such as fernlake`,
      );
  }
  return undefined;
}
