/**
 * A worker that dies, or stands still, at one moment: started as a process of its own by the campaign, with
 * `FERNLAKE_CRASH_PLAN` as JSON. Before it does, it writes the moment into `markFile`, so that nobody takes another death for it.
 */
import { writeFileSync } from 'node:fs';
import { NativeConnection } from '@temporalio/worker';
import type { LakeName } from '../../src/lake/identity.js';
import { installLog } from '../../src/process/log.js';
import { activitiesWithMoments } from './points.js';
import { depsOf } from './scene.js';
import { createCampaignWorker } from './worker.js';

export interface CrashPlan {
  readonly address: string;
  readonly taskQueue: string;
  readonly lake: LakeName;
  readonly keyFile: string;
  readonly sourceUrl: string;
  readonly codePath: string;
  readonly markFile: string;
  readonly moment: string;
  /** At the nth time that the moment comes, counted from 1. */
  readonly nth: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

const plan = JSON.parse(process.env['FERNLAKE_CRASH_PLAN'] ?? '') as CrashPlan;
installLog('ERROR', () => undefined);
const connection = await NativeConnection.connect({ address: plan.address });
let left = plan.nth;
const worker = await createCampaignWorker({
  connection,
  taskQueue: plan.taskQueue,
  bundle: { codePath: plan.codePath },
  lake: plan.lake,
  activities: activitiesWithMoments(await depsOf(plan), (moment) => {
    if (moment !== plan.moment || --left !== 0) return;
    writeFileSync(plan.markFile, moment);
    process.kill(process.pid, plan.signal);
  }),
});
await worker.run();
