import type { Client } from '@temporalio/client';
import type { LakeName } from '../../lake/identity.js';
import { isOfOtherLake } from '../../process/worker-identity.js';
import { makeCurrent } from '../../process/deployment.js';
import { type Check, failed, ok } from './check.js';

/** The server's numbers: temporal.api.enums.v1.TaskQueueType. */
const TASKS = { workflow: 1, activity: 2 } as const;

type Version = { readonly deploymentName?: string | null; readonly buildId?: string | null };
interface Poller {
  readonly identity?: string | null;
  readonly deploymentOptions?: (Version & { readonly workerVersioningMode?: unknown }) | null;
}

/**
 * Whether a worker asks for tasks, and is of the version that gets them: a worker of another one waits for
 * ever.
 */
export async function checkWorkers(
  name: string,
  client: Client,
  namespace: string,
  queue: string,
  lake?: LakeName,
): Promise<Check> {
  const identities = new Set<string>();
  let version: string | undefined;
  for (const [kind, taskQueueType] of Object.entries(TASKS)) {
    const { pollers, versioningInfo } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType,
    });
    if (!pollers?.length)
      return failed(
        name,
        `none asks for ${kind} tasks on the task queue ${queue}`,
        'start one: npx fernlake worker',
      );
    const strange = pollers
      .map(({ identity }) => identity ?? '')
      .filter((each) => lake && isOfOtherLake(each, lake));
    if (strange.length > 0)
      return failed(
        name,
        `of another lake asks for ${kind} tasks on the task queue ${queue}: ${strange.join(', ')}`,
        'stop it, or give it a task queue of its own (FERNLAKE_TASK_QUEUE)',
      );
    const current = versioningInfo?.currentDeploymentVersion ?? undefined;
    const served = pollers.filter((poller) => wordsOf(versionOf(poller)) === wordsOf(current));
    if (served.length === 0) return waitingInVain(name, current, pollers);
    for (const { identity } of served) identities.add(identity ?? '');
    if (current) version = wordsOf(current);
  }
  const which = version === undefined ? '' : `, ${version}`;
  return ok(name, `${identities.size} on the task queue ${queue}${which}: ${[...identities].join(', ')}`);
}

/** undefined: unversioned. Such a worker may name a build, too, in another mode. */
function versionOf({ deploymentOptions }: Poller): Version | undefined {
  const mode = String(deploymentOptions?.workerVersioningMode);
  return /^(2|WORKER_VERSIONING_MODE_VERSIONED)$/.test(mode) ? (deploymentOptions ?? undefined) : undefined;
}

const wordsOf = (version: Version | undefined): string =>
  version === undefined ? 'unversioned' : `version ${version.buildId} of ${version.deploymentName}`;

function waitingInVain(name: string, current: Version | undefined, pollers: readonly Poller[]): Check {
  const versions = pollers.map(versionOf);
  const polling = [...new Set(versions.map(wordsOf))].join(', ');
  const says = `new runs go to workers of ${wordsOf(current)}, of which none asks for any; those that do: ${polling}`;
  const [other] = versions.filter((each) => each !== undefined).slice(-1);
  const command = other
    ? makeCurrent(other.deploymentName ?? '', other.buildId ?? '')
    : `npx fernlake temporal worker deployment set-current-version --deployment-name ${current?.deploymentName} --unversioned`;
  return failed(name, says.replace('of unversioned', 'without a version'), `start one, or: ${command}`);
}
