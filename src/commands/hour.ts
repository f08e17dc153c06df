import type { Command } from 'commander';
import { type Choice, readConfig } from '../config/config.js';
import { readUpState } from '../config/up-state.js';
import { bytes, count, duration, plural } from '../figures.js';
import { type HourRuns, readHourRuns, type Run } from '../inspect/find/hour-runs.js';
import { type HourStory, readHourStory, spanOf } from '../inspect/find/hour-story.js';
import { exitWith } from './exit-code.js';
import { ifReachable, type Unreachable } from './if-reachable.js';
import { openLake } from './lake.js';
import { json, out, paint } from './output.js';
import { parseBound } from './sealed-hours.js';

interface HourOptions extends Choice {
  readonly ui?: string;
  readonly json?: true;
}

interface Told extends HourStory {
  readonly runs: HourRuns | Unreachable;
}

const NOTHING_THERE = 1;
const RANGES_SHOWN = 10;

export function registerHour(program: Command): void {
  program
    .command('hour')
    .description('tell what happened to one hour: answers, counts, losses, seals, runs that failed')
    .argument('<hour>', 'the hour of the events, UTC, such as 2023-04-20T13')
    .option('--ui <url>', 'of the Temporal Web UI, for links; that of the `up` that runs here, unless told')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExit code 0; 1 where the lake knows nothing of the hour.\n')
    .action(async (text: string, options: HourOptions) => {
      const config = readConfig({ sample: true, choice: options });
      const hour = parseBound(text, '--hour');
      const story = await readHourStory(await openLake(config), config.dataset, hour);
      const told: Told = {
        ...story,
        runs: await ifReachable(config, ({ client }) => readHourRuns(client, config, hour, spanOf(story))),
      };
      exitWith(isKnown(story) ? 0 : NOTHING_THERE);
      if (options.json) json(told);
      else show(told, linkOf(options.ui ?? readUpState()?.uiUrl, config.temporal.namespace ?? 'default'));
    });
}

const isKnown = ({ ledger, damage, segments, arrived }: HourStory): boolean =>
  ledger !== null || damage !== null || segments > 0 || arrived.count > 0;

type Link = (run: Run) => string;

const linkOf =
  (ui: string | null | undefined, namespace: string): Link =>
  ({ workflowId, runId }) =>
    ui
      ? `${ui.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`
      : `npx fernlake temporal workflow show -w ${workflowId} -r ${runId}`;

function show(told: Told, link: Link): void {
  const { hour, ledger, damage, segments, answers, arrived } = told;
  const row = (name: string, text: string): void => out(`  ${paint('dim', name.padEnd(12))}${text}`);
  out(paint('bold', hour));
  if (damage !== null) row('ledger', `cannot be read: ${damage}. The next seal of the hour makes it anew`);
  if (ledger === null && damage === null)
    row('sealed', isKnown(told) ? 'not yet' : 'never: the lake knows nothing of it');
  if (ledger !== null) showLedger(ledger, row);
  if (segments > 0) row('waiting', `${plural(segments, 'segment')} for the next seal`);
  row('answers', answersText(told));
  if (arrived.count > 0)
    row('arrivals', `${plural(arrived.count, 'answer')} came while the clock showed this hour`);
  showRuns(told.runs, row, link);
  if (answers.count === 0 && arrived.count === 0) row('', 'Other hours: npx fernlake hours');
}

type Row = (name: string, text: string) => void;

function showLedger(ledger: NonNullable<HourStory['ledger']>, row: Row): void {
  const { revision, sealedAt, seen, landed, duplicates, quarantined, erased, late, ids, object } = ledger;
  row('sealed', `revision ${revision} at ${sealedAt}`);
  row(
    'rows',
    `${count(landed)} in ${bytes(object?.bytes ?? 0)}, ids ${String(ids.first)} to ${String(ids.last)}`,
  );
  row(
    'seen',
    `${count(seen)} = ${count(landed)} landed + ${count(duplicates)} duplicates + ${count(seen - landed - duplicates - erased)} quarantined + ${count(erased)} erased`,
  );
  const reasons = Object.entries(quarantined).map(([reason, n]) => `${reason} ${count(n)}`);
  if (reasons.length > 0) row('quarantine', `${reasons.join(', ')}: npx fernlake quarantine list`);
  if (late > 0) row('late', `${plural(late, 'row')} came after the first seal`);
  const ranges = ids.missing.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const more =
    ranges.length > RANGES_SHOWN ? ` and ${plural(ranges.length - RANGES_SHOWN, 'range')} more` : '';
  row(
    'missing',
    ranges.length === 0
      ? paint('green', 'nothing')
      : paint('red', `${plural(ids.missingCount, 'id')}: ${ranges.slice(0, RANGES_SHOWN).join(', ')}${more}`),
  );
}

function answersText({ answers, longestPause }: HourStory): string {
  if (answers.count === 0) return 'none showed records of it';
  const pause = longestPause
    ? `; the longest pause ${duration(longestPause.ms)}, from ${longestPause.from}`
    : '';
  return `${count(answers.count)} showed records of it, from ${answers.first} to ${answers.last}${pause}`;
}

function showRuns(runs: Told['runs'], row: Row, link: Link): void {
  if ('unreachable' in runs) {
    row('runs', `Temporal cannot be asked: ${runs.unreachable}`);
    return;
  }
  const { seals, slots, slotsToSee } = runs;
  const each = (run: Run): void => {
    const { status, startedAt, closedAt, failure } = run;
    row(
      '',
      `${status} ${startedAt}${closedAt === null ? '' : ` to ${closedAt}`}${failure === null ? '' : `: ${failure}`}`,
    );
    row('', paint('cyan', link(run)));
  };
  row(
    'slots',
    `${count(slots)} polled meanwhile, as far as Temporal remembers${slotsToSee.length > 0 ? '; to be looked at:' : ', and all ended well'}`,
  );
  slotsToSee.forEach(each);
  row('seals', seals.length === 0 ? 'none that Temporal remembers' : plural(seals.length, 'run'));
  seals.forEach(each);
}
