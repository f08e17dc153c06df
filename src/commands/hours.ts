import type { Command } from 'commander';
import { type Choice, readConfig } from '../config/config.js';
import type { Hour } from '../dataset/hour.js';
import { bytes, count, percentDown, plural } from '../figures.js';
import { type LedgerFacts, countLedgers, readLedgersOf } from '../lake/counts.js';
import { quarantinedTotal } from '../lake/ledger.js';
import { newestHours } from '../lake/newest-ledgers.js';
import type { Storage } from '../storage/port.js';
import { openLake } from './lake.js';
import { complain, json, out, showTable } from './output.js';
import { rangeOf, sealedHours } from './sealed-hours.js';

interface HoursOptions extends Choice {
  readonly from?: string;
  readonly to?: string;
  readonly missing?: true;
  readonly late?: true;
  readonly json?: true;
}

const NEWEST = 24;

export function registerHours(program: Command): void {
  program
    .command('hours')
    .description('list sealed hours with their figures: the newest day, or a range')
    .option('--from <hour>', 'from this one on (2023-04-20T13, or a day, month, year)')
    .option('--to <hour>', 'up to this one')
    .option('--missing', 'only hours with missing ids')
    .option('--late', 'only hours to which records came after their first seal')
    .option('--json', 'print it as JSON')
    .action(async (options: HoursOptions) => {
      const config = readConfig({ sample: true, choice: options });
      const { dataset } = config;
      const storage = await openLake(config);
      const hours = await hoursMeant(storage, dataset, options);
      const { ledgers, unreadable } = await readLedgersOf(storage, dataset, hours);
      const wanted = ledgers.filter(
        ({ ids, late }) => (!options.missing || ids.missingCount > 0) && (!options.late || late > 0),
      );
      for (const { key, why } of unreadable) complain(`${key} cannot be read: ${why}`);
      if (options.json) json(wanted.map(figuresOf));
      else show(wanted, hours.length);
    });
}

async function hoursMeant(storage: Storage, dataset: string, options: HoursOptions): Promise<Hour[]> {
  const range = rangeOf(options);
  // Whoever looks for hours of a kind means all of them.
  const isAll = range.from ?? range.to ?? options.missing ?? options.late;
  return isAll
    ? await sealedHours(storage, dataset, range)
    : await newestHours(storage, dataset, NEWEST, Date.now());
}

const figuresOf = (ledger: LedgerFacts) => {
  const {
    hour,
    revision,
    sealedAt,
    seen,
    landed,
    duplicates,
    quarantined,
    erased,
    late,
    ids,
    complete,
    object,
  } = ledger;
  return {
    ...{ hour, revision, sealedAt, seen, landed, duplicates, quarantined, erased, late },
    ...{ missing: ids.missing, missingCount: ids.missingCount, complete, bytes: object?.bytes ?? 0 },
  };
};

function show(ledgers: readonly LedgerFacts[], of: number): void {
  if (ledgers.length === 0) {
    out(of === 0 ? 'No hour is sealed there.' : `None of ${plural(of, 'sealed hour')} is of that kind.`);
    return;
  }
  const right = true as const;
  showTable(ledgers, [
    { head: 'hour', cell: ({ hour }) => hour },
    { head: 'rows', cell: ({ landed }) => count(landed), right },
    { head: 'missing', cell: ({ ids }) => count(ids.missingCount), right },
    {
      head: 'complete',
      cell: ({ complete }) => percentDown(complete),
      right,
    },
    { head: 'late', cell: ({ late }) => count(late), right },
    { head: 'quarantined', cell: ({ quarantined }) => count(quarantinedTotal(quarantined)), right },
    { head: 'size', cell: ({ object }) => bytes(object?.bytes ?? 0), right },
    { head: 'revision', cell: ({ revision }) => String(revision), right },
    { head: 'sealed at', cell: ({ sealedAt }) => sealedAt },
  ]);
  const { landed, missing, late } = countLedgers(ledgers);
  out(
    `${plural(ledgers.length, 'hour')}: ${plural(landed, 'row')}, ${count(missing)} missing, ${count(late)} late. One of them: npx fernlake hour ${ledgers.at(-1)?.hour}`,
  );
}
