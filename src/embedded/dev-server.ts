import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childEnvironment } from '../config/children.js';
import { FernlakeError } from '../errors.js';
import { lockDb } from './db-lock.js';
import type { PidLock } from './pid-lock.js';
import { claimPort } from './ports.js';
import { endChild, exitOf, guard, type Exit } from './processes.js';
import { logOf, waitUntilServing } from './dev-server-ready.js';

export interface DevServerOptions {
  /** The Temporal CLI's binary (findTemporalCli). */
  readonly cliPath: string;
  /** SQLite file, kept from start to start; without one everything is in memory. */
  readonly dbFile?: string;
  /** gRPC; 7233 unless told. Where it is taken, a free one; 0 asks for any free one. */
  readonly port?: number;
  /** The Web UI; 8233 unless told, `false` for none. */
  readonly uiPort?: number | false;
  /** `default` unless told; made where it is not there. */
  readonly namespace?: string;
  /** Name to type: Text, Keyword, Int, Double, Bool, Datetime, KeywordList. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** Settings of the server itself, by their key in its dynamic configuration. */
  readonly dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
  /** Beside the database, or in the temporary folder (then gone after a good end) unless told; the former one becomes `.1`. */
  readonly logFile?: string;
  readonly startTimeoutMs?: number;
  readonly log: (message: string) => void;
}

export interface DevServer {
  /** host:port for a Temporal client. */
  readonly address: string;
  readonly namespace: string;
  /** undefined without a Web UI. */
  readonly uiUrl: string | undefined;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the server has ended, be it by `stop` or by itself. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, after 10 s SIGKILL. Resolves when it is gone; may be called again. */
  stop(): Promise<Exit>;
}

const ATTEMPTS = 5;
const STOP_GRACE_MS = 10_000;

/**
 * Starts `temporal server start-dev` on 127.0.0.1 and resolves when its namespace can be used.
 * The server has a session of its own: a Ctrl-C goes to us alone, and the worker may drain before we stop the server.
 * It never outlives us (processes.ts, `guard`).
 * Throws FernlakeError `Configuration` with the end of the server's log when it does not start.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  if (options.dbFile !== undefined) mkdirSync(path.dirname(options.dbFile), { recursive: true, mode: 0o700 });
  const lock = options.dbFile === undefined ? undefined : lockDb(options.dbFile);
  try {
    for (let attempt = 1; ; attempt++) {
      const outcome = await launch(options, lock);
      if (!(outcome instanceof FernlakeError)) return outcome;
      // Beside ours the server takes half a dozen ports of its own choice, and may lose one before it binds it.
      if (attempt === ATTEMPTS || outcome.details?.['portLost'] !== true) throw outcome;
    }
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function launch(
  options: DevServerOptions,
  dbLock: PidLock | undefined,
): Promise<DevServer | FernlakeError> {
  const { log, namespace = 'default', startTimeoutMs = 60_000 } = options;
  const claims = [await claimPort(options.port ?? 7233, 'Temporal', log)];
  if (options.uiPort !== false) claims.push(await claimPort(options.uiPort ?? 8233, 'Temporal Web UI', log));
  const [port = 0, uiPort] = claims.map((claimed) => claimed.port);
  const logFile = options.logFile ?? defaultLogFile(options.dbFile, port);
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const logFd = openSync(logFile, 'ax', 0o600);
  const child = privately(() =>
    spawn(options.cliPath, serverArguments(options, port, uiPort, namespace), {
      detached: true,
      env: childEnvironment('local'),
      stdio: ['ignore', logFd, logFd],
    }),
  );
  closeSync(logFd);

  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  const locks = [...claims, ...(dbLock ? [dbLock] : [])];
  if (child.pid !== undefined) for (const lock of locks) lock.handTo(child.pid);
  const exited = exitOf(child).then(async (exit) => {
    await guardian?.dismiss();
    for (const lock of locks) lock.release();
    return exit;
  });
  const ready = await waitUntilServing({ port, namespace, exited: exitOf(child), timeoutMs: startTimeoutMs });
  if (ready !== 'serving' || child.pid === undefined) {
    await endChild(child, 0);
    await exited;
    return notStarted(options, logFile, ready);
  }

  let stopping: Promise<Exit> | undefined;
  return {
    address: `127.0.0.1:${port}`,
    namespace,
    uiUrl: uiPort === undefined ? undefined : `http://localhost:${uiPort}`,
    pid: child.pid,
    logFile,
    exited,
    stop() {
      stopping ??= endChild(child, STOP_GRACE_MS).then(async () => {
        const exit = await exited;
        if (options.logFile === undefined && options.dbFile === undefined) rmSync(logFile, { force: true });
        return exit;
      });
      return stopping;
    },
  };
}

/** A child that makes its files, the database among them, for this user alone. */
function privately<T>(start: () => T): T {
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

function serverArguments(
  options: DevServerOptions,
  port: number,
  uiPort: number | undefined,
  namespace: string,
): string[] {
  const pairs = (flag: string, values: Readonly<Record<string, unknown>> = {}): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${String(value)}`]);
  const dynamic = Object.fromEntries(
    Object.entries(options.dynamicConfig ?? {}).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...pairs('--search-attribute', options.searchAttributes),
    ...pairs('--dynamic-config-value', dynamic),
    ...['--color', 'never'],
  ];
}

function defaultLogFile(dbFile: string | undefined, port: number): string {
  if (dbFile !== undefined) return `${dbFile}.log`;
  return path.join(os.tmpdir(), `fernlake-temporal-${process.pid}-${port}.log`);
}

function notStarted(options: DevServerOptions, logFile: string, reason: string): FernlakeError {
  const { all, tail } = logOf(logFile);
  const portLost = /address already in use/.test(all);
  const told = (text: string, end: string): FernlakeError =>
    new FernlakeError(
      'Configuration',
      'terminal',
      `The Temporal dev server (${options.cliPath}) did not start: ${text}${end}`,
      { details: { logFile, portLost } },
    );
  if (portLost)
    return told(
      'other processes took its ports before it could listen on them. Start it again. ',
      whole(logFile),
    );
  const damaged = /file is not a database|malformed/.test(all);
  const mend = damaged
    ? `The database ${options.dbFile} is damaged: move it away to start with a new one (the lake is untouched by that).`
    : whole(logFile);
  return told(`${reason}. ${mend}`, tail === '' ? '' : ` The end of its log:\n${tail}`);
}

const whole = (logFile: string): string => `Its whole log is in ${logFile}.`;
