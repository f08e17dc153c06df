import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../../src/embedded/ports.js';
import { endChild, exitOf, guard } from '../../src/embedded/processes.js';
import type { Certificate, Certificates } from './certificates.js';
import { temporalBuild } from './temporal-build.js';
import { temporalCli } from './temporal-cli.js';
import { until } from './until.js';

const STOP_GRACE_MS = 5_000;

export interface TlsServerOptions {
  readonly certificates: Certificates;
  /** What it shows to clients; `certificates.server` unless given. */
  readonly shows?: Certificate;
  /** Where the public keys are by which it checks API keys; without them it wants a client certificate instead. */
  readonly jwksUrl?: string;
  /** For its operator, who makes the namespace `default`. */
  readonly apiKey?: string;
}

export interface TlsServer {
  readonly address: string;
  /** The operator's settings. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A Temporal server that speaks TLS, in memory, on 127.0.0.1; undefined where it cannot be built. */
export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer | undefined> {
  const build = await temporalBuild();
  if (build === undefined) return undefined;
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-temporal-tls-'));
  const ports = await Promise.all(Array.from({ length: 10 }, freePort));
  const file = path.join(dir, 'config.yaml');
  const log = path.join(dir, 'server.log');
  const fd = openSync(log, 'a');
  const config = configOf(options, ports);
  writeFileSync(file, stringify(config));
  const services = Object.keys(config.services).flatMap((name) => ['--service', name]);
  const child = spawn(build.server, ['--config-file', file, 'start', ...services], {
    stdio: ['ignore', fd, fd],
  });
  closeSync(fd);
  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  let over = false;
  void exitOf(child).then(() => (over = true));
  const address = `127.0.0.1:${ports[0]}`;
  const env = operatorEnv(options, address);
  const stop = async (): Promise<void> => {
    await endChild(child, STOP_GRACE_MS);
    await guardian?.dismiss();
    rmSync(dir, { recursive: true, force: true });
  };
  const cli = await temporalCli();
  const temporal = (...args: string[]) =>
    promisify(execFile)(cli, args, { env: { ...process.env, ...env }, timeout: 20_000 });
  const made = async (): Promise<boolean> => {
    if (over) throw new Error('it ended');
    await temporal('operator', 'namespace', 'create', '--namespace', 'default', '--retention', '1d').catch(
      () => undefined,
    );
    const listed = await temporal('workflow', 'list', '--limit', '1').catch(() => undefined);
    return listed !== undefined;
  };
  try {
    await until('the namespace of the TLS server can be used', made, 60_000);
  } catch (error) {
    const said = readFileSync(log, 'utf8').slice(-2_000);
    await stop();
    throw new Error(`the Temporal server with TLS did not start:\n${said}`, { cause: error });
  }
  return { address, env, stop };
}

function operatorEnv({ certificates, shows, apiKey }: TlsServerOptions, address: string) {
  const { authority, client } = certificates;
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.cert,
    ...(shows === certificates.elsewhere ? { TEMPORAL_TLS_SERVER_NAME: 'temporal.example.com' } : {}),
    ...(apiKey === undefined
      ? { TEMPORAL_TLS_CLIENT_CERT_PATH: client.cert, TEMPORAL_TLS_CLIENT_KEY_PATH: client.key }
      : { TEMPORAL_API_KEY: apiKey }),
  };
}

/** Temporal's own configuration, by its own names. */
function configOf({ certificates, shows = certificates.server, jwksUrl }: TlsServerOptions, ports: number[]) {
  const { authority, client } = certificates;
  const rpc = (at: number) => ({
    rpc: { grpcPort: ports[at], membershipPort: ports[at + 1], bindOnLocalHost: true },
  });
  const serverName = shows === certificates.elsewhere ? 'temporal.example.com' : 'localhost';
  const trust = { serverName, rootCaFiles: [authority.cert] };
  const memory = {
    pluginName: 'sqlite',
    databaseName: 'fernlake',
    connectAddr: 'localhost',
    connectProtocol: 'tcp',
    connectAttributes: { mode: 'memory', cache: 'private' },
    maxConns: 1,
    maxIdleConns: 1,
  };
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'memory',
      visibilityStore: 'memory',
      numHistoryShards: 1,
      datastores: { memory: { sql: memory } },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      tls: {
        frontend: {
          server: {
            certFile: shows.cert,
            keyFile: shows.key,
            ...(jwksUrl === undefined
              ? { requireClientAuth: true, clientCaFiles: [authority.cert] }
              : { requireClientAuth: false }),
          },
          // Its own workers' way in; by the other door below they need none.
          ...(jwksUrl === undefined ? { client: trust } : {}),
        },
        ...(jwksUrl === undefined
          ? { systemWorker: { certFile: client.cert, keyFile: client.key, client: trust } }
          : {}),
      },
      ...(jwksUrl === undefined
        ? {}
        : {
            authorization: {
              jwtKeyProvider: { keySourceURIs: [jwksUrl], refreshInterval: '1m' },
              permissionsClaimName: 'permissions',
              authorizer: 'default',
              claimMapper: 'default',
            },
          }),
    },
    services: {
      frontend: rpc(0),
      matching: rpc(2),
      history: rpc(4),
      worker: rpc(6),
      // Its own workers come in by another door, where nobody asks for a key.
      ...(jwksUrl === undefined ? {} : { 'internal-frontend': rpc(8) }),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports[0]}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    ...(jwksUrl === undefined ? { publicClient: { hostPort: `127.0.0.1:${ports[0]}` } } : {}),
  };
}
