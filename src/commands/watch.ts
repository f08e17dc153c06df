import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Choice, type Config, readConfigs } from '../config/config.js';
import { STATE_FOLDER } from '../config/up-state.js';
import { messageOf } from '../errors.js';
import { plural } from '../figures.js';
import type { Status } from '../inspect/status/screen.js';
import { conditionsOf } from '../inspect/watch/conditions.js';
import { step } from '../inspect/watch/memory.js';
import type { Notice } from '../process/notify/notice.js';
import { Outbox } from '../process/notify/outbox.js';
import { receiverName, textOf } from '../process/notify/receiver.js';
import type { Storage } from '../storage/port.js';
import { findFields } from '../tables/query/schema.js';
import { exitWith } from './exit-code.js';
import { intervalFrom } from './interval.js';
import { formsToRead, openLake } from './lake.js';
import { complain, out } from './output.js';
import { readStatus } from './status.js';

interface WatchOptions extends Choice {
  readonly every: number;
  readonly once?: true;
}

const WRONG = 1;

export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description(
      'tell whoever `notify` names of lost ids, a source that is down, hours not sealed, and the like',
    )
    .option('--every <interval>', 'how often it looks', intervalFrom(1_000), 60_000)
    .option('--once', 'look once: for cron, or a check')
    .addHelpText(
      'after',
      `
A process of its own, so that it can tell of a worker or a server that is gone: run it beside them, or on another machine,
under systemd or as a cron job with --once. Each trouble is told once, again where it grows, and once more when it is over; what a
receiver does not take waits in ${STATE_FOLDER}/ until it does. Without \`notify\` in fernlake.yaml it tells the terminal alone.
Exit code of --once: 0 where nothing is wrong; 1 where something is, or a receiver did not take a notice.
`,
    )
    .action(async (options: WatchOptions) => {
      const configs = readConfigs({ sample: true, notify: true, choice: options });
      const watched = configs.map((config): Watched => ({
        config,
        outbox: outboxOf(config),
        columns: new NewColumns(),
      }));
      const receivers = configs[0]?.notify ?? [];
      if (!options.once)
        out(
          receivers.length === 0
            ? 'Nobody is told but this terminal: fernlake.yaml names nobody under `notify`.'
            : `Told are ${receivers.map(receiverName).join(', ')}.`,
        );
      for (;;) {
        const wrong = await Promise.all(watched.map(look));
        exitWith(wrong.some(Boolean) ? WRONG : 0);
        if (options.once) return;
        await sleep(options.every);
      }
    });
}

interface Watched {
  readonly config: Config;
  readonly outbox: Outbox;
  readonly columns: NewColumns;
}

const outboxOf = ({ dataset, notify }: Config): Outbox =>
  new Outbox(path.join(STATE_FOLDER, `watch-${dataset}.json`), notify);

/** Resolves to whether something is wrong. What keeps it from looking is said, and tried again at the next look. */
async function look(watched: Watched): Promise<boolean> {
  const { outbox } = watched;
  const isWrong = await lookAt(watched);
  const refused = await outbox.deliver();
  for (const reason of refused)
    complain(`${reason}; ${plural(outbox.waiting, 'notice')} wait, and are sent at the next look`);
  return isWrong || refused.length > 0;
}

async function lookAt(watched: Watched): Promise<boolean> {
  try {
    const { notices, wrong } = await looked(watched);
    for (const notice of notices) out(`${notice.at.slice(0, 19)}Z ${textOf(notice)}`);
    return wrong;
  } catch (error) {
    complain(`${watched.config.dataset} could not be looked at: ${messageOf(error)}`);
    return true;
  }
}

async function looked({
  config,
  outbox,
  columns,
}: Watched): Promise<{ readonly notices: readonly Notice[]; readonly wrong: boolean }> {
  const { dataset, latenessMs, idleMs } = config;
  const storage = await openLake(config);
  const status = await readStatus(config, storage, false);
  const nowMs = Date.now();
  const newColumns = await columns.find(config, storage, status.lake.hours.at(-1));
  const conditions = conditionsOf({ status, newColumns, latenessMs, idleMs, nowMs });
  const complete = new Set(status.lake.hours.map(({ hour }) => `ids-lost ${hour}`));
  const { memory, notices } = step(dataset, outbox.memory, conditions, (key) => complete.has(key), nowMs);
  outbox.take(memory, notices);
  return {
    notices,
    wrong: Object.values(memory).some(({ toldFigure, over }) => toldFigure !== null && over !== null),
  };
}

/** Of the newest sealed hour, which is read once a revision: a look a minute must not read its rows each time. */
class NewColumns {
  #of = '';
  #names: readonly string[] = [];

  async find(config: Config, storage: Storage, newest: SealedHour | undefined): Promise<readonly string[]> {
    const of = newest === undefined ? '' : `${newest.hour} ${newest.sealedAt}`;
    if (newest === undefined || of === this.#of) return this.#names;
    const { tables: form } = await formsToRead(storage, config);
    const { fields } = await findFields(storage, config.dataset, [newest.hour], form, () => undefined);
    this.#of = of;
    return (this.#names = fields.map(({ name }) => name));
  }
}

type SealedHour = Status['lake']['hours'][number];
