import {
  ApplicationFailure,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { threeFigures } from '../figures.js';
import { stagingPrefix } from '../lake/keys.js';
import { LIMITS } from '../limits.js';
import { initialPace } from '../activities/fetch/pace.js';
import { show } from './attributes.js';
import { codeOf, failureWithMemory, reasonOf } from './failures.js';
import { isHistoryFull } from './history-size.js';
import { takesNothing } from './gate.js';
import { isEtlMemory } from './inputs.js';
import {
  type EtlEarlier,
  type EtlMemory,
  type EtlReport,
  type EtlResult,
  type EtlSettings,
  etlStatus,
  pollNow,
} from './messages.js';
import { Poller } from './poller.js';
import { Processor } from './processor.js';
import { type Slot, slotOf } from './slot.js';
import { describeDown } from './source-down.js';

const SCHEDULED_START = { name: 'TemporalScheduledStartTime', type: 'DATETIME' } as const;

/** So long behind its slot's end, and half a slot more, a run leaves what it has not carried to the next one: no slot is skipped. */
const LATE_MS = 5_000;

/** Hours and lost ranges that the Web UI shows of a run. */
const SHOWN_MAX = 24;

const NO_MEMORY: EtlMemory = {
  pace: initialPace,
  down: null,
  processedThroughMs: null,
  processed: [],
  watermarkMs: null,
  open: [],
  quiet: [],
  quietSinceMs: null,
};

/**
 * One slot of the schedule: asks the source at a pace that lets its windows overlap, and carries what is archived, both at
 * once. Started by hand it runs until the end of the slot that it falls into.
 *
 * A run whose history has grown large goes on as a new one with the same slot (`earlier`): the server ends one of 51,200 events.
 */
export async function etl(settings: EtlSettings, earlier?: EtlEarlier): Promise<EtlResult> {
  const info = workflowInfo();
  const { slot, memory } = earlier ?? beginning(settings);
  const live = slot.kind === 'live';

  const staging = stagingPrefix(settings.dataset, info.runId);
  const processor = new Processor(settings, slot, memory, staging, earlier !== undefined);
  const reportOf = (): EtlReport => sumOf(earlier?.report, slot, poller, processor);
  const poller = new Poller(settings, slot, memory, (name) => {
    processor.add(name);
    tell();
  });
  const tell = (): void => setCurrentDetails(describe(reportOf(), poller, processor));
  setHandler(etlStatus, () => ({ ...poller.status(), kind: slot.kind, pending: processor.pending }), {
    description: 'Polls, pace, newest id and what waits to be carried.',
  });
  setHandler(pollNow, () => poller.pollNow(), {
    validator: takesNothing,
    description: 'Ask the source now, without waiting for the pace.',
  });

  show(settings.searchAttributes, { dataset: settings.dataset, state: 'running' });
  if (live) {
    const first = memory.pace.dueAtMs <= Date.now();
    poller.start();
    // The first poll goes before the listing: at a high rate the window would be gone in between.
    if (first) await condition(() => poller.polls > 0 || poller.over || poller.lastError !== undefined);
  }
  const memoryNow = (): EtlMemory => ({
    ...processor.memory(),
    ...(poller.pages ? { pages: poller.pages } : {}),
    pace: poller.pace,
    down: poller.down,
  });
  let over: boolean;
  try {
    const isLate = (): boolean => live && Date.now() >= slot.endMs + LATE_MS + settings.slotMs / 2;
    await processor.run(
      () => !live || poller.over,
      () => isHistoryFull() || isLate(),
    );
    // Asked before it is stopped: then it is over in any case.
    over = live && poller.over;
    await poller.stop();
  } catch (error) {
    await poller.stop();
    throw live ? failureWithMemory(error, memoryNow()) : error;
  }
  const report = reportOf();
  tell();
  const now = memoryNow();
  // The next slot finds what a live run leaves at its slot's end; a backfilled slot has no next one.
  if (isHistoryFull() && poller.terminal === undefined && !over) {
    await continueAsNew<typeof etl>(settings, { slot, memory: now, report });
  }
  show(settings.searchAttributes, { records: report.records, missing: report.lostCount, state: 'done' });
  const failure = failureOfSource(slot, poller, report);
  if (failure) throw failureWithMemory(failure, now);
  // A backfill carries one past slot and has no say in how far the live ones are.
  const passedOn = slot.kind === 'backfill' ? memory : now;
  return { ...passedOn, report };
}

/** The run that the schedule, an operator or a backfill has started. */
function beginning(settings: EtlSettings): { readonly slot: Slot; readonly memory: EtlMemory } {
  const info = workflowInfo();
  const remembered = memoryOf(info.lastFailure, info.lastResult);
  const nominalMs = info.typedSearchAttributes.get(SCHEDULED_START)?.getTime() ?? info.startTime.getTime();
  const slot = slotOf(nominalMs, Date.now(), settings.slotMs, remembered !== undefined);
  return { slot, memory: remembered ?? NO_MEMORY };
}

/**
 * The memory of the run before: in its result, or in its failure. A run that was terminated leaves none, and
 * older memory would report ids as lost that are not: so the newest id is then found anew.
 */
function memoryOf(failure: unknown, result: unknown): EtlMemory | undefined {
  const known = readMemory(result);
  if (failure === undefined) return known;
  const [left] = (failure instanceof ApplicationFailure ? failure.details : undefined) ?? [];
  if (isEtlMemory(left)) return left;
  const { pace, ...rest } = known ?? NO_MEMORY;
  return { ...rest, pace: { ...pace, newestId: null, shownBy: null, askedAtMs: null } };
}

/** A result that is not ours is not trusted: the archive is looked through instead. */
function readMemory(result: unknown): EtlMemory | undefined {
  if (result === undefined || isEtlMemory(result)) return result;
  log.warn('what the last run left behind cannot be read: the archive is looked through instead');
  return NO_MEMORY;
}

function failureOfSource(slot: Slot, { terminal, down }: Poller, report: EtlReport): Error | undefined {
  if (terminal !== undefined)
    return ApplicationFailure.nonRetryable(reasonOf(terminal), codeOf(terminal) ?? 'Bug');
  if (slot.kind !== 'live' || report.polls > 0 || down === null) return undefined;
  return ApplicationFailure.nonRetryable(
    `the source gave no answer in the whole slot ${slot.name}. ${describeDown(down, Date.now())}`,
    down.code === 'SourceRefused' || down.code === 'SourceTooLarge' ? down.code : 'SourceUnavailable',
  );
}

function sumOf(before: EtlReport | undefined, slot: Slot, poller: Poller, processor: Processor): EtlReport {
  const hours = new Set([...(before?.hours ?? []), ...processor.touched]);
  return {
    slot: new Date(slot.startMs).toISOString(),
    kind: slot.kind,
    polls: (before?.polls ?? 0) + poller.polls,
    fresh: (before?.fresh ?? 0) + poller.fresh,
    lost: [...(before?.lost ?? []), ...poller.lost].slice(-LIMITS.reportItemsMax),
    lostCount: (before?.lostCount ?? 0) + poller.lostCount,
    batches: (before?.batches ?? 0) + processor.batches,
    records: (before?.records ?? 0) + processor.records,
    quarantined: (before?.quarantined ?? 0) + processor.quarantined,
    hours: [...hours].sort().slice(-LIMITS.reportItemsMax),
    ratePerSecond: poller.pace.ratePerSecond,
  };
}

/** In sentences, for the Web UI; current while the run goes on. */
function describe(
  report: EtlReport,
  { pace, pages, trouble, over, down, lastError }: Poller,
  processor: Processor,
): string {
  const rate =
    report.ratePerSecond === null ? 'rate not known yet' : `${threeFigures(report.ratePerSecond)} records/s`;
  // Of ids that are text nobody knows which is the newest.
  const newest = pace.shownBy === null ? `, newest id ${pace.newestId ?? 'not known yet'}` : '';
  const lost = report.lost
    .slice(-SHOWN_MAX)
    .map(({ from, to }) => `${from}-${to}`)
    .join(', ');
  return [
    `${report.polls} polls, ${report.fresh} new records, ${rate}${newest}.`,
    over
      ? 'Nothing more is to be asked in this slot.'
      : `Next poll at ${new Date(pace.dueAtMs).toISOString().slice(11, 19)} (UTC).`,
    `${report.batches} batches carried: ${report.records} appearances, ${report.quarantined} in quarantine; ${processor.pending} answers wait.`,
    ...(report.hours.length > 0 ? [`Hours touched: ${report.hours.slice(-SHOWN_MAX).join(', ')}.`] : []),
    ...(processor.openHours.length > 0
      ? [`Hours open: ${processor.openHours.slice(-SHOWN_MAX).join(', ')}.`]
      : []),
    ...(pages?.chain ? [`Catching up: ${pages.chain.pages} pages so far.`] : []),
    ...(trouble === null ? [] : [`${trouble}.`]),
    ...(down ? [describeDown(down, Date.now())] : []),
    ...(down || lastError === undefined ? [] : [`The last failure: ${reasonOf(lastError)}.`]),
    ...(lost ? [`LOST ids: ${lost}.`] : []),
    ...(!lost && report.lostCount > 0 ? [`LOST: at least ${report.lostCount} records.`] : []),
  ].join('\n\n');
}
