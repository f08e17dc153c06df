import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Choice, type Config, readConfigs } from '../config/config.js';
import { readLakeState } from '../inspect/status/lake-state.js';
import { screenOf, type Status } from '../inspect/status/screen.js';
import { readTemporalState } from '../inspect/status/temporal-state.js';
import type { Storage } from '../storage/port.js';
import { openLakes } from './lake.js';
import { exitWith } from './exit-code.js';
import { ifReachable } from './if-reachable.js';
import { intervalFrom } from './interval.js';
import { clearScreen, json, out, paint } from './output.js';

interface StatusOptions extends Choice {
  readonly json?: true;
  readonly all?: true;
  readonly watch?: number | true;
}

const WATCH_MS = 5_000;
const UNREACHABLE = 2;

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('one screen: schedule, workers, source, hours, missing ids, quarantine, size')
    .option('--json', 'print it as JSON')
    .option('--all', 'count the whole lake, not only its newest day')
    .option('-w, --watch [interval]', 'show it again and again, every 5s unless told', intervalFrom(500))
    .addHelpText(
      'after',
      '\nExit code 0; 2 when no Temporal server answers (what the lake says is shown all the same).\n',
    )
    .action(async (options: StatusOptions) => {
      const datasets = await openLakes(readConfigs({ sample: true, choice: options }));
      const everyMs = options.watch === true ? WATCH_MS : options.watch;
      for (;;) {
        const all = await Promise.all(
          datasets.map(({ config, storage }) => readStatus(config, storage, options.all === true)),
        );
        exitWith(all.some(({ temporal }) => 'unreachable' in temporal) ? UNREACHABLE : 0);
        if (everyMs !== undefined && process.stdout.isTTY && !options.json) clearScreen();
        if (options.json) json(all.length === 1 ? all[0] : all);
        else for (const status of all) out(screenOf(status, paint));
        if (everyMs === undefined) return;
        await sleep(everyMs);
      }
    });
}

export async function readStatus(config: Config, storage: Storage, all: boolean): Promise<Status> {
  const [temporal, lake] = await Promise.all([
    ifReachable(config, ({ client, namespace }) => readTemporalState(client, namespace, config)),
    readLakeState(storage, config.dataset, all, Date.now()),
  ]);
  const address = config.temporal.connectionOptions.address ?? 'localhost:7233';
  return { dataset: config.dataset, at: new Date().toISOString(), address, temporal, lake };
}
