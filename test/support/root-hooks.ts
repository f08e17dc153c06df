import { randomUUID } from 'node:crypto';
import { disableAsyncStorages, watchAsyncStorages } from './async-storages.js';
import { noteCost } from './costs.js';
import { leakedProcesses, RUN_MARKER } from './leaks.js';
import { offerServer, withdrawServer } from './shared-server.js';
import { stopSharedTemporal } from './temporal-server.js';

const LEAK_GRACE_MS = 5_000;
const HANG_MS = 5_000;
/** Where .ci/reporter.cjs waits for it; not for a run of mocha that a test starts. */
const { FERNLAKE_TEST_COSTS: costs } = process.env;
delete process.env['FERNLAKE_TEST_COSTS'];
watchAsyncStorages();

/** mocha's root hooks (.mocharc.cjs): around every run, whatever it consists of. */
export const mochaHooks = {
  beforeAll(): void {
    process.env[RUN_MARKER] = randomUUID();
  },

  /** A test that leaves a process behind fails the run: on a user's machine it would run on for ever. */
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopSharedTemporal();
    disableAsyncStorages();
    // In a run side by side this is called after each file, else once after all of them.
    const files = new Set((this.test?.parent?.suites ?? []).map(({ file }) => file));
    const [file] = files;
    if (costs !== undefined && file !== undefined && files.size === 1) noteCost(file, costs);
    const leaked = await leakedProcesses(process.env[RUN_MARKER] ?? '', LEAK_GRACE_MS);
    for (const { pid } of leaked) process.kill(pid, 'SIGKILL');
    if (leaked.length > 0) {
      const list = leaked.map(({ pid, command }) => `  ${pid} ${command}`).join('\n');
      throw new Error(`the tests left ${leaked.length} processes running (ended now):\n${list}`);
    }
  },
};

export async function mochaGlobalSetup(): Promise<void> {
  await offerServer();
}

/** An open handle keeps node alive after the last test; then this says so, and fails the run in place of a hang. */
export async function mochaGlobalTeardown(): Promise<void> {
  await withdrawServer();
  const timer = setTimeout(() => {
    console.error(
      `The tests have ended, but something stays open: ${process.getActiveResourcesInfo().join(', ')}`,
    );
    process.once('exit', () => (process.exitCode = 1)); // after mocha's own listener, which sets its count of failures
    process.exit();
  }, HANG_MS);
  timer.unref();
}
