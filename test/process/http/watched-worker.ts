import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Client, Connection } from '@temporalio/client';
import { DEMO_KEY } from '../../../examples/source-server/index.js';
import { type Config, readConfig } from '../../../src/config/config.js';
import type { DevServer } from '../../../src/embedded/dev-server.js';
import { freePort } from '../../../src/embedded/ports.js';
import { applySchedule } from '../../../src/schedule.js';
import { collect, spawnFernlake } from '../../commands/fernlake.js';
import { type TempLake, tempLake } from '../../support/lake.js';
import { startOwnServer } from '../../support/temporal-server.js';
import { until } from '../../support/until.js';

/** `fernlake worker` as a process of its own, with its HTTP port open, on a Temporal server of its own. */
export interface WatchedWorker {
  readonly config: Config;
  readonly env: Readonly<Record<string, string>>;
  readonly lake: TempLake;
  readonly server: DevServer;
  readonly client: Client;
  readonly child: ChildProcess;
  stderr(): string;
  /** Status and text of this path. */
  get(path: string): Promise<{ status: number; text: string }>;
  schedule(): Promise<void>;
  close(): Promise<void>;
}

const FAST = {
  FERNLAKE_SLOT: '2s',
  FERNLAKE_POLL_MIN: '100ms',
  FERNLAKE_POLL_MAX: '100ms',
  FERNLAKE_LATENESS: '1ms',
  FERNLAKE_IDLE: '1500ms',
};

export async function watchedWorker(
  sourceUrl: string,
  more: Record<string, string> = {},
): Promise<WatchedWorker> {
  const server = await startOwnServer();
  const lake = await tempLake();
  const port = await freePort();
  const env = {
    ...FAST,
    FERNLAKE_SOURCE_URL: sourceUrl,
    FERNLAKE_LAKE: lake.uri,
    FERNLAKE_DATASET: `t${randomBytes(4).toString('hex')}`,
    FERNLAKE_HTTP_PORT: String(port),
    FERNET_KEYS: DEMO_KEY,
    TEMPORAL_ADDRESS: server.address,
    ...more,
  };
  const config = readConfig({ source: true }, env);
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const child = spawnFernlake(['worker'], { env, cwd: lake.dir });
  const said = collect(child);
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(8_000) });
    return { status: response.status, text: await response.text() };
  };
  await until(
    'the worker is ready',
    async () => {
      if (child.exitCode !== null) throw new Error(`the worker ended: ${said.stderr()}`);
      return (await get('/readyz').catch(() => undefined))?.status === 200;
    },
    60_000,
  );
  return {
    ...{ config, env, lake, server, client, child, get },
    stderr: said.stderr,
    schedule: async () => void (await applySchedule(client, config)),
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await connection.close();
      await server.stop();
      lake.remove();
    },
  };
}

/** `name{label="value",…} number` of Prometheus' text, as written. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) return [];
    return [
      { name: match[1] ?? '', labels: match[2] ?? '', value: Number(match[3]?.replace('Inf', 'Infinity')) },
    ];
  });
}

/** Sum over all series of that name (and with that text among their labels). */
export function sumOf(text: string, name: string, label = ''): number | undefined {
  const found = samplesOf(text).filter((sample) => sample.name === name && sample.labels.includes(label));
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
