import { threeFigures } from '../../figures.js';
import { lakeWords } from '../../lake/identity.js';
import { bytes, count, percentDown } from '../../figures.js';
import { duration } from '../../figures.js';
import type { LakeState } from './lake-state.js';
import type { TemporalState } from './temporal-state.js';

export interface Status {
  readonly dataset: string;
  readonly at: string;
  readonly address: string;
  /** The reason in words, where no server answers. */
  readonly temporal: TemporalState | { readonly unreachable: string };
  readonly lake: LakeState;
}

type Paint = (style: 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan', text: string) => string;

const HOURS_SHOWN = 6;
const DAMAGED_SHOWN = 3;

/** One screen of text. */
export function screenOf({ dataset, at, address, temporal, lake }: Status, paint: Paint): string {
  const row = (name: string, text: string): string => `  ${paint('dim', name.padEnd(12))}${text}`;
  const lines = [`${paint('bold', 'fernlake status')} ${dataset} at ${at.slice(0, 19)}Z`];
  if ('unreachable' in temporal) lines.push(row('Temporal', paint('red', temporal.unreachable)));
  else lines.push(...temporalRows(temporal, address, row, paint));
  const hours = [...lake.hours].reverse().slice(0, HOURS_SHOWN);
  lines.push(
    row('lake', lake.uri),
    ...otherLakeRows(temporal, lake).map((text) => row('', paint('red', text))),
    row(
      'sealed',
      hours.length === 0
        ? 'no hour yet'
        : lake.all
          ? `${count(lake.counts.hours)} hours, ${count(lake.counts.landed)} rows; the newest:`
          : 'the newest hours:',
    ),
    ...hours.map(({ hour, revision, landed, complete }) => {
      const share =
        complete === 1 ? paint('green', 'complete') : paint('red', `${percentDown(complete)} complete`);
      return row(
        '',
        `${hour}  ${count(landed).padStart(9)} rows  ${share}${revision > 1 ? `, revision ${revision}` : ''}`,
      );
    }),
    row('missing', missingText(lake, paint)),
    row('quarantine', quarantineText(lake, paint)),
    ...damagedRows(lake).map((text, i) => row(i === 0 ? 'damaged' : '', paint('red', text))),
    row(
      'size',
      `${bytes(lake.counts.bytes.gzip)} ${lake.all ? 'in the table' : `in the newest ${lake.hours.length} hours (--all: the whole lake)`}`,
    ),
  );
  return lines.join('\n');
}

function temporalRows(
  { schedule, source, hoursOpen, workers }: TemporalState,
  address: string,
  row: (name: string, text: string) => string,
  paint: Paint,
): string[] {
  const lost = source?.lostInLastSlot ?? 0;
  return [
    row(
      'schedule',
      schedule
        ? scheduleText(schedule, paint)
        : paint('red', `none at ${address}: make it with \`npx fernlake schedule apply\``),
    ),
    row(
      'workers',
      workers.length === 0
        ? paint('red', 'none polls the task queue')
        : workers.map(({ identity }) => identity).join(', '),
    ),
    row('source', source ? sourceText(source, paint) : 'not known'),
    ...(source?.lastPollAt ? [row('', `last slot polled until ${source.lastPollAt.slice(11, 19)}Z`)] : []),
    ...(lost > 0 ? [row('', paint('red', `${count(lost)} ids were lost in the last slot`))] : []),
    ...(source?.lastError
      ? [row('', paint('yellow', `last error: ${source.lastError.split('\n', 1)[0]?.slice(0, 160) ?? ''}`))]
      : []),
    row(
      'open',
      hoursOpen.length === 0
        ? 'no hour'
        : `${hoursOpen.slice(-HOURS_SHOWN).join(', ')}${hoursOpen.length > HOURS_SHOWN ? ` and ${hoursOpen.length - HOURS_SHOWN} earlier` : ''}`,
    ),
  ];
}

/** The schedule's lake is another one than what the rest of the screen shows. */
function otherLakeRows(temporal: Status['temporal'], { id }: LakeState): string[] {
  const its = 'unreachable' in temporal ? null : (temporal.schedule?.lake ?? null);
  if (its === null || its.id === id) return [];
  return [
    `ANOTHER LAKE: the schedule carries into ${lakeWords(its)}, and this is ${id ? `lake ${id}` : 'none yet'}`,
  ];
}

function scheduleText(
  { paused, note, nextRun, runsStarted, slotsSkipped, slotsMissed }: NonNullable<TemporalState['schedule']>,
  paint: Paint,
): string {
  const next = paused
    ? paint('yellow', `paused (${note ?? 'no note'})`)
    : `next run ${nextRun?.slice(11, 19) ?? 'unknown'}Z`;
  const skipped = slotsSkipped + slotsMissed;
  return `${next}, ${count(runsStarted)} runs, ${skipped === 0 ? 'no slot skipped' : paint('yellow', `${count(slotsSkipped)} slots skipped, ${count(slotsMissed)} missed`)}`;
}

function sourceText(
  { newestId, ratePerSecond, lagMs, down }: NonNullable<TemporalState['source']>,
  paint: Paint,
): string {
  return [
    ...(down ? [paint('red', downText(down))] : []),
    // Ids that are text have no newest.
    ...(newestId === null ? (lagMs === null ? ['no id seen yet'] : []) : [`newest id ${newestId}`]),
    // Earlier figures say nothing about a source that gives no answer now.
    ...(down
      ? []
      : [ratePerSecond === null ? 'rate not known yet' : `${threeFigures(ratePerSecond)} records/s`]),
    ...(lagMs === null ? [] : [`newest record ${duration(Math.max(0, lagMs))} old`]),
  ].join(', ');
}

function downText({
  since,
  refusals,
  quietUntil,
}: NonNullable<NonNullable<TemporalState['source']>['down']>): string {
  const quiet = quietUntil === null ? '' : `, it asked for quiet until ${shortTime(quietUntil)}`;
  return `down since ${shortTime(since)} (${count(refusals)} polls without an answer${quiet})`;
}

/** `06:57`, with its day where that is not today. */
function shortTime(iso: string): string {
  const isToday = iso.slice(0, 10) === new Date().toISOString().slice(0, 10);
  return `${isToday ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 16)} UTC`;
}

/** Which objects are in no figure, and why. */
function damagedRows({ damaged }: LakeState): string[] {
  const shown = damaged.slice(0, DAMAGED_SHOWN).map(({ key, why }) => `${key}: ${why}`);
  const more = damaged.length - shown.length;
  return more > 0 ? [...shown, `and ${count(more)} more: npx fernlake verify names them`] : shown;
}

function missingText({ missing, counts, all }: LakeState, paint: Paint): string {
  if (missing.length === 0) return all ? 'no id' : 'no id in these hours';
  const newest = missing.slice(-HOURS_SHOWN);
  const more =
    missing.length > newest.length ? ` and ${count(missing.length - newest.length)} earlier hours` : '';
  const hours = newest.map(({ hour, missingCount }) => `${hour} (${count(missingCount)})`).join(', ');
  return paint('red', `${count(counts.missing)} ids in ${hours}${more}`);
}

function quarantineText({ counts, quarantineCut, all }: LakeState, paint: Paint): string {
  const span = all ? 'in all' : 'arrived in the last day';
  if (counts.quarantined === 0) return `nothing ${span}`;
  const reasons = Object.entries(counts.reasons).map(
    ([reason, { records }]) => `${reason} ${count(records)}`,
  );
  const sum = `${count(counts.quarantinedRecords)} records (${count(counts.quarantined)} appearances) ${span}`;
  return `${paint('yellow', sum)}: ${reasons.join(', ')}${quarantineCut ? ', and more' : ''}`;
}
