import { stagingRoot } from '../domain/lake-keys.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { currentPulse } from './pulse.js';

const DELETED_AT_ONCE = 500;

export const createSweep =
  ({ storage }: ActivityDeps, nowMs: () => number = Date.now): Activities['sweep'] =>
  async ({ dataset, staging, olderThanMs }) => {
    const pulse = currentPulse();
    const old = nowMs() - olderThanMs;
    let doomed: string[] = [];
    // Its own dataset's: the role in deploy/aws may list and delete no other's.
    for await (const { key, modifiedMs } of storage.list(`${stagingRoot}${dataset}/`)) {
      if (!key.startsWith(staging) && modifiedMs >= old) continue;
      doomed.push(key);
      if (doomed.length < DELETED_AT_ONCE) continue;
      await storage.delete(doomed);
      doomed = [];
      pulse.beat();
    }
    await storage.delete(doomed);
  };
