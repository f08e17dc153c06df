import { type Command, Option } from 'commander';
import type { Activities } from '../activities/index.js';
import { createFindRedrivable } from '../activities/backlog/find-raws.js';
import { type QuarantineSummary, summarizeQuarantine } from '../inspect/verify/quarantine-summary.js';
import { readConfig } from '../config/config.js';
import { QUARANTINE_REASONS } from '../dataset/reason.js';
import { openKeyRing, openLake } from './lake.js';
import { complain, json, out } from './output.js';
import { count } from '../figures.js';
import { runReprocess, showResult } from './reprocess-run.js';

export function registerQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('what could not land, and why');

  quarantine
    .command('list')
    .description('counts by reason and hour of arrival; --reason shows the entries')
    .addOption(
      new Option('--reason <reason>', 'only this reason, one line an entry').choices(
        Object.keys(QUARANTINE_REASONS),
      ),
    )
    .option('--json', 'print it as JSON')
    .action(async ({ reason, json: asJson }: { reason?: string; json?: true }) => {
      const config = readConfig({ sample: true });
      const summary = await summarizeQuarantine(await openLake(config), config.dataset, reason);
      if (asJson) json(summary);
      else show(summary, reason);
    });

  quarantine
    .command('redrive')
    .description('land what can land by now: a key came, or a rule')
    .option('--dry-run', 'only say which answers would be carried again')
    .option('--json', 'print it as JSON')
    .action(async ({ dryRun, json: asJson }: { dryRun?: true; json?: true }) => {
      const config = readConfig({ sample: true });
      if (dryRun) {
        const raws = await redrivable(config);
        if (asJson) json(raws);
        else
          out(
            `${count(raws.length)} answers hold records that would be judged otherwise today. Nothing was changed.`,
          );
        return;
      }
      const result = await runReprocess(config, { mode: 'redrive', from: null, to: null });
      if (asJson) json(result);
      else showResult(result);
    });
}

async function redrivable(config: ReturnType<typeof readConfig>): Promise<string[]> {
  const keyRing = await openKeyRing(config);
  const find = createFindRedrivable({ storage: await openLake(config), keyRing, urls: config.urls });
  return await allFound(find, config.dataset);
}

/** Page after page. */
export async function allFound(find: Activities['findRedrivable'], dataset: string): Promise<string[]> {
  const raws: string[] = [];
  for (let after: string | null = null; ;) {
    const found = await find({ dataset, after });
    raws.push(...found.raws);
    if (found.next === null) return raws;
    after = found.next;
  }
}

function show(
  { quarantined, quarantinedRecords, groups, entries, damaged }: QuarantineSummary,
  reason?: string,
): void {
  for (const key of damaged)
    complain(`${key} is damaged: npx fernlake quarantine redrive makes it anew from its answer`);
  if (quarantined === 0) {
    out('Nothing is in quarantine.');
    return;
  }
  if (reason !== undefined) {
    for (const { raw, index, id, detail } of entries) out(`${raw}  ${index}  ${id ?? 'no id'}  ${detail}`);
    return;
  }
  out(`${'reason'.padEnd(24)}${'arrived'.padEnd(16)}${'records'.padStart(10)}  appearances`);
  for (const group of groups)
    out(
      `${group.reason.padEnd(24)}${group.arrival.padEnd(16)}${count(group.records).padStart(10)}  ${count(group.appearances)}`,
    );
  out(
    `${count(quarantinedRecords)} records in all, which appeared ${count(quarantined)} times in the archive. Once a key or a rule came: npx fernlake quarantine redrive`,
  );
}
