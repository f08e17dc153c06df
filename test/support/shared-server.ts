import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.js';
import { temporalCli } from './temporal-cli.js';

/**
 * One Temporal dev server for a whole run of mocha, also where files run side by side in processes of their own: the first process
 * has it, and tells its address to whoever asks on a socket. The first to ask starts it.
 */
const SOCKET = 'FERNLAKE_TEST_SERVER_SOCKET';

/**
 * What a laptop's server does for tests: one partition a task queue, so that a task never waits in one that nobody polls
 * (default 4), no scanners, which only tidy up what lives for weeks, and a quick look at versions.
 */
export const TEST_SERVER_CONFIG = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'worker.taskQueueScannerEnabled': false,
  'worker.historyScannerEnabled': false,
  // Whether a version of a worker deployment is drained is looked at every 3 minutes.
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
  'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
} as const;

export interface ServerPlace {
  readonly address: string;
  readonly namespace: string;
}

interface Desk {
  readonly socket: Server;
  readonly dir: string;
}

let desk: Desk | undefined;
let started: Promise<DevServer> | undefined;

/** For mocha's global set-up, in the process that the run begins in. */
export async function offerServer(): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-test-'));
  const file = path.join(dir, 'socket');
  const socket = createServer((asker) => void answer(asker)).unref();
  await new Promise<void>((resolve) => socket.listen(file, resolve));
  desk = { socket, dir };
  process.env[SOCKET] = file;
}

/** Stops the server if it runs in this process's charge; does nothing in any other process. */
export async function stopServer(): Promise<void> {
  const running = started;
  started = undefined;
  await (await running?.catch(() => undefined))?.stop();
}

/** For mocha's global tear-down. */
export async function withdrawServer(): Promise<void> {
  await stopServer();
  desk?.socket.close();
  if (desk) rmSync(desk.dir, { recursive: true, force: true });
  desk = undefined;
}

/** Where it is, once it serves. A script that mocha does not run has one of its own. */
export async function askForServer(): Promise<ServerPlace> {
  const file = process.env[SOCKET];
  if (file === undefined) return await (started ??= start());
  const said = JSON.parse(await text(connect(file))) as ServerPlace | { error: string };
  if ('error' in said) throw new Error(said.error);
  return said;
}

async function answer(asker: Socket): Promise<void> {
  asker.on('error', () => undefined); // it may be gone before the server is there
  started ??= start();
  const said: ServerPlace | { error: string } = await started.then(
    ({ address, namespace }) => ({ address, namespace }),
    (error: unknown) => ({ error: String(error) }),
  );
  asker.end(JSON.stringify(said));
}

async function start(): Promise<DevServer> {
  const startedMs = performance.now();
  const server = await startDevServer({
    cliPath: await temporalCli(),
    port: 0,
    uiPort: false,
    dynamicConfig: TEST_SERVER_CONFIG,
    log: console.log,
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `    (started a Temporal dev server at ${server.address} in ${seconds} s, process ${server.pid})`,
  );
  return server;
}
