import { type Command, InvalidArgumentError } from 'commander';
import { type HourDiff, diffHours } from '../audit/diff-hours.js';
import { readConfig } from '../config.js';
import { type Hour, parseHour } from '../domain/hour.js';
import { openKeyRing, openLake } from './lake.js';
import { count, json, out } from './output.js';
import { runReprocess, showResult } from './reprocess-run.js';

interface Options {
  readonly from?: Hour;
  readonly to?: Hour;
  readonly diff?: true;
  readonly json?: true;
}

export function registerReprocess(program: Command): void {
  program
    .command('reprocess')
    .description('compute sealed hours again from the raw archive; carry whatever nobody has carried')
    .option('--from <hour>', 'first event hour, such as 2023-04-20T13', hour)
    .option('--to <hour>', 'last event hour, included', hour)
    .option('--diff', 'show what would change, hour by hour, and change nothing')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nThe same code gives the same bytes: an hour that comes out as it stands is not written again.\n',
    )
    .action(async ({ diff, json: asJson, ...range }: Options) => {
      const { from = null, to = null } = range;
      const config = readConfig({ sample: true });
      if (!diff) {
        const result = await runReprocess(config, { mode: 'rebuild', from, to });
        if (asJson) json(result);
        else showResult(result);
        return;
      }
      const keyRing = await openKeyRing(config);
      const diffs: HourDiff[] = [];
      const deps = { storage: await openLake(config), keyRing, urls: config.urls };
      for await (const found of diffHours(deps, config.dataset, from, to)) {
        diffs.push(found);
        if (!asJson) showDiff(found);
      }
      const changed = diffs.filter((found) => found.changed).length;
      if (asJson) json(diffs);
      else
        out(`${count(diffs.length)} hours looked at, ${count(changed)} would change. Nothing was changed.`);
    });
}

function showDiff({ hour: of, changed, rows, ledger }: HourDiff): void {
  if (!changed) return;
  out(`${of}: +${rows.added} -${rows.removed} ~${rows.changed} rows`);
  for (const line of ledger) out(`  ${line}`);
}

function hour(text: string): Hour {
  const found = parseHour(text);
  if (found) return found;
  throw new InvalidArgumentError('It must be an hour such as 2023-04-20T13 (UTC).');
}
