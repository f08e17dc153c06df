import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.js';
import { TEST_SERVER_CONFIG } from '../support/shared-server.js';
import { temporalCli } from '../support/temporal-cli.js';
import { type Stage, startWorker } from './campaign.js';
import type { Moment } from './points.js';
import { play, type Scene } from './scene.js';

export interface MortalServer {
  readonly stage: Stage;
  /** `kill -9`, and a new one on the same port with the same database. Resolves when it serves. */
  readonly killAndRestart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A dev server of the campaign's own, with a database file, on which a play is given like on any other. */
export async function startMortalServer(base: Stage): Promise<MortalServer> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-crash-server-'));
  const start = async (port: number): Promise<DevServer> =>
    await startDevServer({
      cliPath: await temporalCli(),
      port,
      uiPort: false,
      dbFile: path.join(dir, 'temporal.db'),
      dynamicConfig: TEST_SERVER_CONFIG,
      log: () => undefined,
    });
  let server = await start(0);
  const { address } = server;
  const port = Number(address.split(':').at(-1));
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  return {
    stage: { ...base, client: new Client({ connection }), address, connection: native },
    async killAndRestart() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
      server = await start(port);
    },
    async close() {
      await native.close();
      await connection.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The server dies at each of the moments; the worker lives on, and what it has to say meets nobody for a while. */
export async function serverKilled(
  { stage, killAndRestart }: MortalServer,
  scene: Scene,
  moments: readonly Moment[],
): Promise<string[]> {
  const left = new Set(moments);
  let restart: Promise<void> | undefined;
  const stop = await startWorker(stage, scene, async (moment) => {
    if (!left.has(moment)) return;
    while (restart !== undefined) await restart;
    if (!left.delete(moment)) return;
    restart = killAndRestart().finally(() => (restart = undefined));
  });
  try {
    await play(stage.client, scene);
    await restart;
    return [...left].map((moment) => `the server was not killed at ${moment}`);
  } finally {
    await stop();
  }
}
