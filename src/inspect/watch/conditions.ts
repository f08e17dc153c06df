import { type Hour, hourEndMs, hourStartMs } from '../../dataset/hour.js';
import { count, duration, plural } from '../../figures.js';
import type { Status } from '../status/screen.js';

/** Something that is worth waking somebody for. */
export interface Condition {
  /** The same as long as it is the same trouble: `ids-lost 2023-04-20T13`. */
  readonly key: string;
  /** What happened, with its numbers, in one sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly mend: string;
  /** Told once it has gone on for so long: what comes and goes is nobody's trouble. */
  readonly graceMs: number;
  /** Where this grows it is told again: a larger loss of the same hour is another one. */
  readonly figure: number;
  /** What is said when it is over; null: it never is (what is lost is lost), or it says nothing to anybody. */
  readonly over: string | null;
}

/** What is found besides the status. */
export interface Facts {
  readonly status: Status;
  /** Of the newest sealed hour: fields that have no column, or do not fit theirs. */
  readonly newColumns: readonly string[];
  readonly latenessMs: number;
  readonly idleMs: number;
  readonly nowMs: number;
}

const MINUTE_MS = 60_000;
/** A worker that is started anew, a server that is: back before anybody could do anything. */
const RESTART_MS = 3 * MINUTE_MS;
/** Late records open an hour again for its idle time; one that stays open for this much longer is stuck. */
const SEAL_GRACE_MS = 30 * MINUTE_MS;
/** Of all that was seen in the newest hours. */
const QUARANTINE_SHARE = 0.01;
/** Of the same newest id, look after look. */
const SILENT_MS = 60 * MINUTE_MS;

export function conditionsOf(facts: Facts): Condition[] {
  const { status } = facts;
  return [
    ...ofTemporal(facts),
    ...status.lake.missing.map(({ hour, missingCount }) => lost(hour, missingCount)),
    ...ofQuarantine(status),
    ...facts.newColumns.map(newColumn),
    ...status.lake.damaged.map(({ key, why }): Condition => ({
      ...{ key: `damaged ${key}`, figure: 1, graceMs: 0 },
      what: `${key} cannot be read: ${why}.`,
      mend: 'npx fernlake verify names what is wrong; npx fernlake reprocess computes the hour again.',
      over: `${key} can be read again.`,
    })),
  ];
}

function ofTemporal({ status, latenessMs, idleMs, nowMs }: Facts): Condition[] {
  const { temporal, dataset } = status;
  if ('unreachable' in temporal)
    return [
      {
        ...{ key: 'no-server', figure: 1, graceMs: RESTART_MS },
        what: `Temporal does not answer: ${temporal.unreachable}. Nothing is polled, and the source's window moves on.`,
        mend: 'Start the server, or see why it cannot be reached (npx fernlake doctor).',
        over: 'Temporal answers again.',
      },
    ];
  const { schedule, workers, source, hoursOpen } = temporal;
  const found: Condition[] = [];
  if (workers.length === 0)
    found.push({
      ...{ key: 'no-worker', figure: 1, graceMs: RESTART_MS },
      what: "No worker polls the task queue. Nothing is fetched, and the source's window moves on.",
      mend: 'Start one (npx fernlake worker, or systemctl start fernlake-worker), and read its log.',
      over: 'A worker polls again.',
    });
  if (schedule === null)
    found.push({
      ...{ key: 'no-schedule', figure: 1, graceMs: RESTART_MS },
      what: `There is no schedule for ${dataset}: nothing is polled.`,
      mend: 'npx fernlake schedule apply',
      over: 'The schedule is there again.',
    });
  if (source?.down) {
    const { since, refusals, quietUntil } = source.down;
    const quiet = quietUntil === null ? '' : ` It asked for quiet until ${quietUntil}.`;
    const why = source.lastError === null ? '' : ` Last: ${firstLine(source.lastError)}.`;
    found.push({
      ...{ key: 'source-down', figure: 1, graceMs: 0 },
      what: `The source has given no answer since ${since} (${plural(refusals, 'poll')}).${why}${quiet}`,
      mend: 'npx fernlake doctor asks it once, and says what it sees.',
      over: `The source answers again. It gave no answer since ${since}.`,
    });
  }
  // Named by its newest id: with each new one it is another condition, whose time begins anew.
  if (typeof source?.newestId === 'number')
    found.push({
      ...{ key: `source-silent ${source.newestId}`, figure: 1 },
      // That a source without an answer shows nothing new needs no saying.
      graceMs: source.down ? Number.POSITIVE_INFINITY : SILENT_MS,
      what: `The source answers, and has shown no id after ${source.newestId} for ${duration(SILENT_MS)}.`,
      mend: 'See whether it still writes. If nights are quiet, this is one.',
      over: `The source shows ids after ${source.newestId} again.`,
    });
  if (source !== null && source.lostInLastSlot > 0)
    found.push({
      ...{ key: 'window-passed', figure: source.lostInLastSlot, graceMs: 0 },
      what: `${plural(source.lostInLastSlot, 'id')} went out of the source's window before they were fetched, in the last slot.`,
      mend: 'They are in the ledger of their hour once that is sealed. A shorter poll.min, or a source that shows more at once, prevents the next loss.',
      over: 'The last slot lost no id.',
    });
  for (const hour of hoursOpen as readonly Hour[]) {
    const dueMs = hourEndMs(hour) + latenessMs + idleMs;
    if (hourStartMs(hour) > nowMs || dueMs > nowMs) continue;
    found.push({
      ...{ key: `not-sealed ${hour}`, figure: 1, graceMs: Math.max(SEAL_GRACE_MS, 2 * idleMs) },
      what: `${hour} is over since ${duration(nowMs - hourEndMs(hour))}, and not sealed with all that came.`,
      mend: `npx fernlake hour ${hour} shows its runs, and why they failed.`,
      over: `${hour} is sealed.`,
    });
  }
  return found;
}

const lost = (hour: Hour, missing: number): Condition => ({
  ...{ key: `ids-lost ${hour}`, figure: missing, graceMs: 0 },
  what: `${plural(missing, 'id')} of ${hour} never came.`,
  mend: `npx fernlake hour ${hour} names them, and the pause in which they were lost.`,
  over: `No id of ${hour} is missing any more.`,
});

function ofQuarantine({ lake }: Status): Condition[] {
  const { quarantined, quarantinedRecords, reasons, seen } = lake.counts;
  if (quarantined === 0 || quarantined / (seen + quarantined) < QUARANTINE_SHARE) return [];
  const which = Object.entries(reasons).map(([reason, { records }]) => `${reason} ${count(records)}`);
  return [
    {
      ...{ key: 'quarantine', graceMs: 0, figure: Math.ceil(Math.log2(quarantinedRecords + 1)) },
      what: `${plural(quarantinedRecords, 'record')} could not land in the last day (${which.join(', ')}).`,
      mend: 'npx fernlake quarantine list says of each reason what lands it.',
      over: 'Less than one in a hundred records goes into quarantine.',
    },
  ];
}

const newColumn = (name: string): Condition => ({
  ...{ key: `column ${name}`, figure: 1, graceMs: 0 },
  what: `Records have the field ${JSON.stringify(name)}, which is not declared, or not so. It lands, and has no column.`,
  mend: 'npx fernlake schema shows its types and what to declare.',
  over: null,
});

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 200).replace(/\.$/, '');
