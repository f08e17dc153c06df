import type { WorkerDeploymentOptions } from '@temporalio/worker';
import type { Deployment } from '../config/deployment.js';
import { VERSION } from '../config/version.js';
import { workflowStamp } from './workflow-code.js';

/** `0.1.0-3f9a12cd`: the release, and a hash of its workflows, so that no change of theirs keeps the former id. */
export const defaultBuildId = (): string => `${VERSION}-${workflowStamp().slice(0, 8)}`;

export const buildIdOf = ({ buildId }: Deployment): string => buildId ?? defaultBuildId();

export function deploymentOptions(deployment: Deployment): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: deployment.name, buildId: buildIdOf(deployment) },
    defaultVersioningBehavior: deployment.behavior,
  };
}

/** The command that lets tasks come to this version. */
export const makeCurrent = (name: string, buildId: string): string =>
  `npx fernlake temporal worker deployment set-current-version --deployment-name ${name} --build-id ${buildId}`;
