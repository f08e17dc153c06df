import type { Command } from 'commander';
import { createFindUncarried } from '../activities/backlog/find-raws.js';
import { type HourDiff, diffHours } from '../inspect/verify/diff-hours.js';
import { type Choice, type Config, readConfig } from '../config/config.js';
import { FernlakeError } from '../errors.js';
import type { Hour } from '../dataset/hour.js';
import { formToWrite, openKeyRing, openKeyRingIfAny, openLake } from './lake.js';
import { json, out } from './output.js';
import { count } from '../figures.js';
import { allFound } from './quarantine.js';
import { showProgress } from './progress.js';
import { jsonOf, runReprocess, showResult } from './reprocess-run.js';
import { atOnceOption } from './reprocess-watch.js';
import { parseBound, sealedHours } from './sealed-hours.js';

interface Options extends Choice {
  readonly from?: Hour;
  readonly to?: Hour;
  readonly diff?: true;
  readonly dryRun?: true;
  readonly atOnce?: number;
  readonly json?: true;
}

export function registerReprocess(program: Command): void {
  program
    .command('reprocess')
    .description('compute sealed hours again from the raw archive; carry whatever nobody has carried')
    .option('--from <hour>', 'first event hour (2023-04-20T13, or a day, month, year)', (text) =>
      parseBound(text, '--from'),
    )
    .option('--to <hour>', 'last event hour, included', (text) => parseBound(text, '--to'))
    .option('--diff', 'compute them here, show what would change, and change nothing')
    .option('--dry-run', 'only say which hours and answers are meant')
    .addOption(atOnceOption())
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nThe same code gives the same bytes: an hour that comes out as it stands is not written again.\n',
    )
    .action(async (options: Options) => {
      const { diff, dryRun, json: asJson, from = null, to = null, atOnce } = options;
      if (from && to && from > to)
        throw new FernlakeError('Configuration', 'terminal', '--from is after --to');
      const config = readConfig({ sample: true, choice: options });
      if (dryRun && !diff) {
        await showPlan(config, options, asJson);
        return;
      }
      if (!diff) {
        const result = await runReprocess(config, { mode: 'rebuild', from, to, atOnce });
        if (asJson) json(jsonOf(result));
        else showResult(result);
        return;
      }
      const keyRing = await openKeyRing(config);
      const diffs: HourDiff[] = [];
      const progress = showProgress();
      const storage = await openLake(config);
      const deps = { storage, keyRing, form: await formToWrite(storage, config) };
      for await (const found of diffHours(
        deps,
        config.dataset,
        from,
        to,
        config.declaration.source.contiguous,
      )) {
        diffs.push(found);
        progress.tell(() => `${count(diffs.length)} hours looked at, ${found.hour} the last`);
        if (asJson || !found.changed) continue;
        progress.end();
        showDiff(found);
      }
      progress.end();
      const changed = diffs.filter((found) => found.changed).length;
      if (asJson) json(diffs);
      else
        out(`${count(diffs.length)} hours looked at, ${count(changed)} would change. Nothing was changed.`);
    });
}

/** What a run would take up. */
async function showPlan(config: Config, range: Pick<Options, 'from' | 'to'>, asJson?: true): Promise<void> {
  const storage = await openLake(config);
  const ring = await openKeyRingIfAny(config);
  const keyRing = () => Promise.resolve(ring);
  const hours = await sealedHours(storage, config.dataset, range);
  const uncarried = await allFound(
    createFindUncarried({ storage, keyRing, form: await formToWrite(storage, config) }),
    config.dataset,
  );
  if (asJson) json({ hours, uncarried });
  else
    out(
      `${count(hours.length)} sealed hours would be computed again, ${count(uncarried.length)} answers carried that nobody has carried. Nothing was changed.`,
    );
}

function showDiff({ hour: of, changed, rows, ledger }: HourDiff): void {
  if (!changed) return;
  out(`${of}: +${rows.added} -${rows.removed} ~${rows.changed} rows`);
  for (const line of ledger) out(`  ${line}`);
}
