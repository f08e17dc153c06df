import type { Command } from 'commander';
import { type Choice, readConfig } from '../config/config.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import type { Hour } from '../dataset/hour.js';
import { tableKey } from '../lake/keys.js';
import { type HourSizes, sizesOf, sumSizes } from '../tables/query/sizes.js';
import { formsToRead, openLake } from './lake.js';
import { json, out, paint, showTable } from './output.js';
import { count } from '../figures.js';
import { showProgress } from './progress.js';
import { parseBound, sealedHours } from './sealed-hours.js';

interface SizesOptions extends Choice {
  readonly hour?: string;
  readonly all?: true;
  readonly json?: true;
}

export function registerSizes(program: Command): void {
  program
    .command('sizes')
    .description('show what an hour takes in each form, every form read back and compared first')
    .option('--hour <hour>', 'such as 2023-04-20T13; default: the last sealed one that has rows')
    .option('--all', 'every sealed hour, in one sum')
    .option('--json', 'print the sizes as JSON')
    .action(async (options: SizesOptions) => {
      if (options.all && options.hour !== undefined)
        throw new FernlakeError('Configuration', 'terminal', '--all and --hour exclude each other');
      const config = readConfig({ sample: true, choice: options });
      const storage = await openLake(config);
      const { formOfHour } = await formsToRead(storage, config);
      const named = options.hour === undefined ? undefined : parseBound(options.hour, '--hour');
      const hours = named ? [named] : (await sealedHours(storage, config.dataset)).reverse();
      const measured: HourSizes[] = [];
      const progress = showProgress();
      for (const [at, hour] of hours.entries()) {
        if (options.all) progress.tell(() => `${count(at)} of ${count(hours.length)} hours measured`);
        const sizes = await sizesOf(storage, config.dataset, hour, await formOfHour(hour)).catch(
          (error: unknown) => {
            // A sealed hour whose records are all in quarantine has no object.
            if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
            throw error;
          },
        );
        if (sizes) measured.push(sizes);
        if (sizes && !options.all) break;
      }
      progress.end();
      if (measured.length === 0) throw nothingThere(config.dataset, named);
      if (options.json) json(options.all ? { hours: measured, ...sumSizes(measured) } : measured[0]);
      else show(measured);
    });
}

const nothingThere = (dataset: string, hour: Hour | undefined): FernlakeError =>
  new FernlakeError(
    'ObjectNotFound',
    'terminal',
    hour
      ? `no rows landed in ${hour}: there is no ${tableKey(dataset, hour)}`
      : 'no hour with rows is sealed yet',
  );

function show(measured: readonly HourSizes[]): void {
  const { rows, sizes } = sumSizes(measured);
  const [first, ...others] = measured;
  out(
    `${paint('bold', others.length === 0 ? (first?.hour ?? '') : `${measured.length} hours`)}, ${count(rows)} rows`,
  );
  const full = sizes[0]?.bytes ?? 0;
  showTable(sizes, [
    { head: 'form', cell: ({ form }) => form },
    { head: 'bytes', cell: ({ bytes }) => count(bytes), right: true },
    { head: 'saved', cell: ({ bytes }) => `${(100 * (1 - bytes / full)).toFixed(1)} %`, right: true },
    { head: 'bytes a row', cell: ({ bytes }) => (bytes / rows).toFixed(1), right: true },
  ]);
  out('Every form was read back and gave the same records.');
}
