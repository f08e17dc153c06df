import { idJson, type RecordId } from '../dataset/record-id.js';
import { type Command, Option } from 'commander';
import type { Activities } from '../activities/index.js';
import { createFindRedrivable } from '../activities/backlog/find-raws.js';
import {
  type QuarantinedRecord,
  type QuarantineSummary,
  summarizeQuarantine,
} from '../inspect/verify/quarantine-summary.js';
import { type Choice, readConfig } from '../config/config.js';
import { type LandsWith, mendsOf, QUARANTINE_REASONS } from '../dataset/reason.js';
import { formToWrite, openKeyRing, openLake } from './lake.js';
import { complain, json, out, showTable } from './output.js';
import { count, plural } from '../figures.js';
import { jsonOf, runReprocess, showResult } from './reprocess-run.js';
import { atOnceOption } from './reprocess-watch.js';

interface ListOptions extends Choice {
  readonly reason?: string;
  readonly records?: true;
  readonly json?: true;
}

export function registerQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('what could not land, and why');

  quarantine
    .command('list')
    .description('counts by reason and hour of arrival, and what can land them; or each record')
    .option('--records', 'one line a record: id, arrival, appearances, place, fault')
    .addOption(
      new Option('--reason <reason>', 'only this reason, one line a record').choices(
        Object.keys(QUARANTINE_REASONS),
      ),
    )
    .option('--json', 'print it as JSON')
    .action(async (options: ListOptions) => {
      const { reason, records, json: asJson } = options;
      const config = readConfig({ sample: true, choice: options });
      const byRecord = records === true || reason !== undefined;
      const wanted = { reason, records: byRecord };
      const summary = await summarizeQuarantine(await openLake(config), config.dataset, wanted);
      if (asJson) json(summary);
      else show(summary, { byRecord, reason });
    });

  quarantine
    .command('redrive')
    .description('land what can land by now, since a key or a rule has changed')
    .option('--dry-run', 'only say which answers would be carried again')
    .addOption(atOnceOption())
    .option('--json', 'print it as JSON')
    .action(async (options: Choice & { dryRun?: true; atOnce?: number; json?: true }) => {
      const { dryRun, atOnce, json: asJson } = options;
      const config = readConfig({ sample: true, choice: options });
      if (dryRun) {
        const raws = await redrivable(config);
        if (asJson) json(raws);
        else
          out(
            `${count(raws.length)} answers hold records that would be judged otherwise today. Nothing was changed.`,
          );
        return;
      }
      const result = await runReprocess(config, { mode: 'redrive', from: null, to: null, atOnce });
      if (asJson) json(jsonOf(result));
      else showResult(result);
    });
}

async function redrivable(config: ReturnType<typeof readConfig>): Promise<string[]> {
  const keyRing = await openKeyRing(config);
  const storage = await openLake(config);
  const find = createFindRedrivable({ storage, keyRing, form: await formToWrite(storage, config) });
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

const LANDS_WITH: Readonly<Record<LandsWith, string>> = {
  key: 'its key',
  rules: 'other rules',
  nothing: 'nothing',
};

interface Shown {
  readonly byRecord: boolean;
  readonly reason: string | undefined;
}

function show(summary: QuarantineSummary, { byRecord, reason }: Shown): void {
  const { quarantined, quarantinedRecords, groups, reasons, damaged } = summary;
  for (const { key, why } of damaged)
    complain(
      `${key} is damaged: ${why}. It is in no figure here; npx fernlake quarantine redrive makes it anew from its answer`,
    );
  if (quarantined === 0) {
    out(`Nothing is in quarantine${reason === undefined ? '' : ` as ${reason}`}.`);
    return;
  }
  if (byRecord) showRecords(summary);
  else
    showTable(groups, [
      { head: 'reason', cell: ({ reason }) => reason },
      { head: 'arrived', cell: ({ arrival }) => arrival },
      { head: 'records', cell: ({ records }) => count(records), right: true },
      { head: 'appearances', cell: ({ appearances }) => count(appearances), right: true },
      { head: 'lands with', cell: (group) => LANDS_WITH[group.landsWith] },
    ]);
  out(
    `${plural(quarantinedRecords, 'record')} in all, which appeared ${plural(quarantined, 'time')} in the archive.`,
  );
  for (const { reasons: which, mend } of mendsOf(Object.keys(reasons))) out(`${which.join(', ')}: ${mend}.`);
  if (!byRecord) out('Each record, with its id, place and fault: npx fernlake quarantine list --records');
}

function showRecords({ records, recordsLeftOut, reasons }: QuarantineSummary): void {
  const isOne = Object.keys(reasons).length === 1;
  showTable(records, [
    { head: 'record', cell: ({ id }) => (id === null ? 'no id' : shownId(id)), right: true },
    { head: 'arrived', cell: ({ arrival }) => arrival },
    { head: 'times', cell: ({ appearances }) => count(appearances), right: true },
    ...(isOne ? [] : [{ head: 'reason', cell: ({ reason }: QuarantinedRecord) => reason }]),
    { head: 'answer and position', cell: ({ raw, index }) => `${raw} ${index}` },
    { head: 'detail', cell: ({ detail }) => detail },
  ]);
  if (recordsLeftOut > 0) out(`and ${plural(recordsLeftOut, 'record')} more, not named here`);
}

/** A text with blanks or line breaks as JSON, so that a line stays one, and its columns. */
const shownId = (id: RecordId): string => (/[\s\p{Cc}]/u.test(String(id)) ? idJson(id) : String(id));
