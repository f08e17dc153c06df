import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { parse } from 'yaml';
import { portTaken } from '../../src/embedded/ports.js';
import { endChild, exitOf, guard } from '../../src/embedded/processes.js';
import { installPostgresql, type Postgresql, startPostgresql } from './postgresql.js';
import { temporalBuild, type TemporalBuild } from './temporal-build.js';
import { temporalCli } from './temporal-cli.js';
import { connectNative, type SharedTemporal } from './temporal-server.js';
import { until } from './until.js';

const COMPOSE = path.resolve(import.meta.dirname, '..', '..', '..', 'docker-compose.temporal.yml');
const NAMESPACE = 'fernlake';
const STOP_GRACE_MS = 10_000;
const ATTEMPTS = 3;
/** grpc.health.v1.HealthCheckResponse.ServingStatus */
const SERVING = 1;

/** A Temporal service with PostgreSQL, set up by what docker-compose.temporal.yml holds. */
export interface TemporalCluster extends SharedTemporal {
  readonly version: string;
  /** `kill -9`, and the same again on the same database. Resolves when it serves. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

interface Compose {
  readonly services: Record<string, { readonly environment: Record<string, string> }>;
  readonly configs: Record<string, { readonly content: string }>;
}

/** Starts PostgreSQL and Temporal, or skips the suite and says so. For `before`, with a time-out of minutes. */
export async function temporalClusterOrSkip(context: Mocha.Context): Promise<TemporalCluster> {
  const build = await temporalBuild();
  const bin = await installPostgresql();
  if (build === undefined || bin === undefined) {
    const lacking = build === undefined ? 'no Go that builds its server' : 'no PostgreSQL (initdb)';
    console.warn(`skipped: the tests on a Temporal cluster need it, and there is ${lacking}`);
    context.skip();
  }
  const postgresql = await startPostgresql(bin);
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-cluster-'));
  const cleanUp = async (): Promise<void> => {
    await postgresql.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    return await startCluster({ build, postgresql, dir, cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

interface Parts {
  readonly build: TemporalBuild;
  readonly postgresql: Postgresql;
  readonly dir: string;
  readonly cleanUp: () => Promise<void>;
}

async function startCluster({ build, postgresql, dir, cleanUp }: Parts): Promise<TemporalCluster> {
  const compose = parse(readFileSync(COMPOSE, 'utf8'), { merge: true }) as Compose;
  const config = (name: string): string => (compose.configs[name]?.content ?? '').replaceAll('$$', '$');
  const tools = { temporal: await temporalCli(), 'temporal-sql-tool': build.sqlTool };
  for (const [name, file] of Object.entries(tools)) symlinkSync(file, path.join(dir, name));
  /** One of the compose file's jobs, by its own script. */
  const job = async (name: string, env: Record<string, string>): Promise<void> => {
    const PATH = `${dir}:${process.env['PATH'] ?? ''}`;
    await promisify(execFile)('sh', ['-c', config(name)], {
      env: { ...process.env, ...compose.services[name]?.environment, ...env, PATH },
      timeout: 120_000,
    });
  };
  const { host, port, user, password } = postgresql;
  await job('schema', { SQL_HOST: host, SQL_PORT: String(port), SQL_USER: user, SQL_PASSWORD: password });
  const dynamic = path.join(dir, 'dynamic.yaml');
  writeFileSync(dynamic, config('dynamic'));
  const environment = {
    ...compose.services['temporal']?.environment,
    POSTGRES_SEEDS: host,
    DB_PORT: String(port),
    POSTGRES_USER: user,
    POSTGRES_PWD: password,
    // What the image's entry point finds out from the container's name.
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    DYNAMIC_CONFIG_FILE_PATH: dynamic,
  };
  const log = path.join(dir, 'server.log');
  let server = await launch(build.server, environment, log);
  const { ports } = server;
  const address = `127.0.0.1:${ports['FRONTEND_GRPC_PORT']}`;
  await job('namespace', { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, RETENTION: '1d' });

  const connection = await Connection.connect({ address });
  let native: Promise<NativeConnection> | undefined;
  return {
    version: (await connection.workflowService.getSystemInfo({})).serverVersion ?? '',
    address,
    namespace: NAMESPACE,
    connection,
    client: new Client({ connection, namespace: NAMESPACE }),
    nativeConnection: () => (native ??= connectNative(address)),
    async killAndRestart() {
      await server.end('SIGKILL');
      server = await launch(build.server, environment, log, ports);
    },
    async stop() {
      await (await native)?.close();
      await connection.close();
      await server.end('SIGTERM');
      await cleanUp();
    },
  };
}

type Ports = Readonly<Record<string, string>>;

/**
 * Each of the four services of the one process has a port for requests and one by which they find each other. Its table of
 * members keeps a port as a smallint, so none may be over 32767, where most systems' free ports begin.
 */
async function freePorts(): Promise<Ports> {
  const names = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].flatMap((service) => [
    `${service}_GRPC_PORT`,
    `${service}_MEMBERSHIP_PORT`,
  ]);
  names.push('FRONTEND_HTTP_PORT');
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = randomInt(10_000, 32_768);
    if (!(await portTaken(port))) ports.add(port);
  }
  return Object.fromEntries([...ports].map((port, i) => [names[i] ?? '', String(port)]));
}

interface Server {
  readonly ports: Ports;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Resolves when it serves; on other ports once more where somebody took one of them meanwhile. */
async function launch(
  file: string,
  environment: Readonly<Record<string, string>>,
  log: string,
  given?: Ports,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = given ?? (await freePorts());
    const fd = openSync(log, 'a');
    const env = { ...process.env, ...environment, ...ports };
    const child = spawn(file, ['start'], { env, stdio: ['ignore', fd, fd] });
    closeSync(fd);
    const guardian = child.pid === undefined ? undefined : guard(child.pid);
    const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      await endChild(child, signal === 'SIGKILL' ? 0 : STOP_GRACE_MS);
      await guardian?.dismiss();
    };
    if (await serves(child, `127.0.0.1:${ports['FRONTEND_GRPC_PORT']}`)) return { ports, end };
    await end('SIGKILL');
    const said = readFileSync(log, 'utf8').slice(-2_000);
    if (attempt === ATTEMPTS || !/address already in use/.test(said))
      throw new Error(`the Temporal server did not start:\n${said}`);
  }
}

async function serves(child: ChildProcess, address: string): Promise<boolean> {
  let over = false;
  void exitOf(child).then(() => (over = true));
  const healthy = async (): Promise<boolean> => {
    if (over) return true;
    const connection = await Connection.connect({ address, connectTimeout: 1_000 }).catch(() => undefined);
    if (connection === undefined) return false;
    const answer = await connection.healthService
      .check({ service: 'temporal.api.workflowservice.v1.WorkflowService' })
      .catch(() => undefined);
    await connection.close();
    return Number(answer?.status) === SERVING;
  };
  await until('the Temporal server serves', healthy, 60_000).catch(() => undefined);
  return !over;
}
