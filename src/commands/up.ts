import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RunningWorker } from '../process/own-queue.js';
import { type Command, InvalidArgumentError } from 'commander';
import { type Choice, type Config, readConfigs } from '../config/config.js';
import { messageOf } from '../errors.js';
import { type DevServer, startDevServer } from '../embedded/dev-server.js';
import { freePort } from '../embedded/ports.js';
import { findTemporalCli } from '../embedded/temporal-cli.js';
import { LOG_FILE, STATE_FOLDER, writeUpState } from '../config/up-state.js';
import { both, openWorkerPort } from '../process/http/worker-port.js';
import type { LakeName } from '../lake/identity.js';
import { agreeOnLake } from '../process/lake-agreement.js';
import { lakeWatch } from '../process/lake-watch.js';
import { installLog } from '../process/log.js';
import { type Happening, observe } from '../process/observer.js';
import { applySchedule, scheduleHandle, triggerSchedule } from '../schedule.js';
import { ensureSearchAttributes } from '../process/search-attributes.js';
import { readLakeState } from '../inspect/status/lake-state.js';
import { createWorker } from '../worker.js';
import { connectWorker } from '../process/connect-worker.js';
import { connectClient } from '../process/connect.js';
import { openDatasets, portsOf } from './datasets.js';
import { checkWritable, openLakeToWrite } from './lake.js';
import { openThreads } from './worker-threads.js';
import { out, paint, untilSignal } from './output.js';
import { createSample, type Sample } from './up-sample.js';
import { Screen, Show, summaryOf } from './up-show.js';
import { deathOf, deathOfWorker, drain, watchTemporal } from './up-watch.js';

const SAMPLE_SPEED = 60;
const PORT_MAX = 65_535;
/** On a machine of one's own, Ctrl-C should not take a minute. */
const GRACE_MS = 5_000;
const CLOSE_MS_MAX = 15_000;

interface UpOptions extends Choice {
  readonly hours?: number;
  readonly port: number;
  readonly uiPort: number;
  readonly speed: number;
}

export function registerUp(program: Command): void {
  program
    .command('up')
    .description(
      'everything on this machine: Temporal, the sample API (unless a source is declared), worker, schedule',
    )
    .option('--hours <n>', 'stop by itself after so many sealed hours', positive)
    .option('--port <port>', 'for the Temporal server; a free one where it is taken', portOf, 7233)
    .option('--ui-port <port>', 'for the Web UI; a free one where it is taken', portOf, 8233)
    .option('--speed <factor>', 'of the sample API: 60 lets an hour pass in a minute', positive, SAMPLE_SPEED)
    .action((options: UpOptions) => up(options));
}

async function up(options: UpOptions): Promise<void> {
  const [config, ...others] = readConfigs({ source: true, sample: true, up: true, choice: options });
  if (!config) return;
  mkdirSync(STATE_FOLDER, { recursive: true, mode: 0o700 });
  const log = createWriteStream(LOG_FILE, { flags: 'a', mode: 0o600 });
  const coreMetrics = config.http ? `127.0.0.1:${await freePort()}` : undefined;
  installLog('INFO', (line) => log.write(line), coreMetrics);
  const signalled = untilSignal();
  const closing: (() => Promise<unknown>)[] = [];
  try {
    await run([config, ...others], options, {
      signalled,
      closing,
      ...(coreMetrics === undefined ? {} : { coreMetrics }),
    });
  } finally {
    for (const close of closing.reverse())
      await inTime(close).catch((error: unknown) => out(messageOf(error)));
    log.end();
  }
  out('Stopped. Start again to go on from here.');
}

/**
 * Closes with a time limit: a part that is dead may never answer, and nobody should have to kill the rest by
 * hand.
 */
async function inTime(close: () => Promise<unknown>): Promise<void> {
  const late = new AbortController();
  const closed = close().finally(() => late.abort());
  await Promise.race([closed, sleep(CLOSE_MS_MAX, undefined, { signal: late.signal }).catch(() => closed)]);
}

interface Surroundings {
  readonly signalled: Promise<unknown>;
  readonly closing: (() => Promise<unknown>)[];
  readonly coreMetrics?: string;
}

async function run(
  configs: readonly [Config, ...Config[]],
  options: UpOptions,
  { signalled, closing, coreMetrics }: Surroundings,
): Promise<void> {
  const [config] = configs;
  out(paint('bold', 'fernlake'));
  const storage = await openLakeToWrite(config);
  await checkWritable(storage, config);
  const sample = config.sourceUrl === undefined ? createSample(options.speed, STATE_FOLDER) : undefined;
  const tell = (line: string): void => out(`  note      ${line}`);
  const datasets = await openDatasets(configs, storage, { sample: sample?.source, tell });
  out(`  lake      ${storage.uri}`);
  const { temporal, server } = await startTemporal(config, options, closing);
  const connected = await connectClient(temporal);
  const { client, namespace, address } = connected;
  closing.push(() => connected.close());
  const lake = await agreeOnLake(client, configs, storage);
  const connection = await connectWorker(temporal);
  closing.push(() => connection.close());
  const screen = new Screen();
  const shows = new Map(
    configs.map(({ dataset }) => [
      dataset,
      new Show(storage.uri, screen, configs.length > 1 ? dataset : undefined),
    ]),
  );
  const watched = openWorkerPort(configs, storage, coreMetrics);
  const sealed = hoursSealed(options.hours);
  let refuse: (error: Error) => void = () => undefined;
  const refused = new Promise<Error>((resolve) => (refuse = resolve));
  const made: { worker?: RunningWorker } = {};
  const port = await watched?.serve({ worker: () => made.worker, connection, namespace });
  if (port) {
    closing.push(() => port.close());
    out(`  metrics   ${port.url}/metrics`);
  }
  const threads = openThreads(config, datasets);
  closing.push(() => threads.close());
  const worker = await createWorker({
    connection,
    threads,
    lake,
    onOtherLake: lakeWatch(() => agreeOnLake(client, configs, storage), refuse),
    config: { taskQueue: config.taskQueue, namespace },
    storage,
    datasets: portsOf(datasets),
    interceptors: both(
      observe((happening, dataset) => {
        shows.get(dataset)?.tell(happening);
        sealed.tell(happening, dataset);
      }),
      watched?.interceptors,
    ),
    // Never versioned: on a server of one's own nobody makes a version current.
    shutdownGraceMs: GRACE_MS,
  });
  made.worker = worker;
  const running = worker.run();
  running.catch(() => undefined); // it is awaited below, whatever fails before
  let serverIsGone = false;
  const serverDied = server ? deathOf(server) : NEVER;
  void serverDied.then(() => (serverIsGone = true));
  const unwatch = watchTemporal(client, address, (line) => screen.line(line));
  try {
    const unpaused = await makeSchedules(client, configs, lake);
    // Last, so that the first poll comes at once behind it.
    out(`  source    ${await startSource(config, sample, options.speed)}`);
    writeUpState({
      lake: storage.uri,
      temporal: config.hasTemporal ? null : { address, namespace },
      uiUrl: server?.uiUrl ?? null,
      sampleUrl: sample?.url() ?? null,
    });
    for (const each of unpaused) await triggerSchedule(client, each);
    out(`  worker    ready, log in ${LOG_FILE} (npx fernlake logs -f). Ctrl-C stops everything.\n`);
    const death = await Promise.race([
      Promise.race([signalled, sealed.enough]).then(() => undefined),
      ...[serverDied, deathOfWorker(running), refused],
    ]);
    if (death) screen.line(`${paint('red', 'Stopping:')} ${death.message}`);
    else screen.line('Stopping: what is under way is finished first …');
    if (death) throw death;
  } finally {
    unwatch();
    // In the order of the flow: the source's clock, then who asks it, and the server last (`closing`).
    await sample?.stop();
    await drain(worker, running, serverIsGone);
  }
  const ended = configs.map(async ({ dataset }) => ({
    dataset,
    lake: await readLakeState(storage, dataset, false, Date.now()),
  }));
  for (const line of summaryOf(await Promise.all(ended))) out(line);
}

const NEVER = new Promise<never>(() => undefined);

async function startSource(config: Config, sample: Sample | undefined, speed: number): Promise<string> {
  if (!sample) return new URL(config.sourceUrl ?? '').origin;
  return `${await sample.start()}  (the sample API; an hour passes in ${Math.round(3600 / speed)} s)`;
}

/** Makes the schedules what the configuration says; resolves to the datasets whose schedule nobody has paused. */
async function makeSchedules(
  client: Client,
  configs: readonly Config[],
  lake: LakeName,
): Promise<readonly Config[]> {
  const attributes = await ensureSearchAttributes(client.connection, client.options.namespace);
  if (attributes.kind === 'unavailable') out(`  note      ${attributes.why}`);
  const running: Config[] = [];
  for (const config of configs) {
    const name = configs.length === 1 ? '' : `${config.dataset}: `;
    const what = await applySchedule(client, config, { searchAttributes: attributes.kind === 'ready', lake });
    out(`  schedule  ${name}${what}: a run every ${config.slotMs / 1000} s`);
    const { state } = await scheduleHandle(client, config).describe();
    if (!state.paused) running.push(config);
    else
      out(`  schedule  ${name}paused (${state.note ?? ''}): resume it with \`npx fernlake schedule resume\``);
  }
  return running;
}

/** Datasets share the worker by their fairness keys (workflows/priorities.ts), which a server must be told to heed. */
const FAIR = { 'matching.enableFairness': true };

/** The Temporal of the configuration, or a dev server of our own with its database in this folder. */
async function startTemporal(
  config: Config,
  options: UpOptions,
  closing: (() => Promise<unknown>)[],
): Promise<{ temporal: Config['temporal']; server?: DevServer }> {
  if (config.hasTemporal) {
    out(`  Temporal  ${config.temporal.connectionOptions.address} (TEMPORAL_ADDRESS)`);
    return { temporal: config.temporal };
  }
  const log = (message: string): void => out(`  ${message}`);
  const cliPath = await findTemporalCli({
    ...(config.temporalCli === undefined ? {} : { explicitPath: config.temporalCli }),
    searchPath: config.searchPath,
    cacheDir: config.cacheDir,
    log,
  });
  const server = await startDevServer({
    cliPath,
    dbFile: path.resolve(STATE_FOLDER, 'temporal.db'),
    port: options.port,
    uiPort: options.uiPort,
    dynamicConfig: FAIR,
    log,
  });
  closing.push(() => server.stop());
  out(`  Temporal  ${server.address}, database ${STATE_FOLDER}/temporal.db`);
  out(`  Web UI    ${paint('cyan', server.uiUrl ?? 'none')}`);
  const temporal = { connectionOptions: { address: server.address }, namespace: server.namespace };
  return { temporal, server };
}

/** Resolves `enough` once so many different hours have been sealed; never, when no number is given. */
function hoursSealed(wanted: number | undefined): {
  enough: Promise<void>;
  tell: (happening: Happening, dataset: string) => void;
} {
  const hours = new Set<string>();
  let done: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (done = resolve));
  return {
    enough,
    tell: (happening, dataset) => {
      if (happening.kind !== 'sealed') return;
      hours.add(`${dataset} ${happening.ledger.hour}`);
      if (wanted !== undefined && hours.size >= wanted) done();
    },
  };
}

function portOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= PORT_MAX) return value;
  throw new InvalidArgumentError(`It must be an integer from 1 to ${PORT_MAX}.`);
}

function positive(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
