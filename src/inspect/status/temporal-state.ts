import { ApplicationFailure } from '@temporalio/common';
import type { Client, ScheduleDescription, WorkflowExecutionDescription } from '@temporalio/client';
import { freshPollers } from '../../process/pollers.js';
import type { Config } from '../../config/config.js';
import { messageOf } from '../../errors.js';
import type { LakeName } from '../../lake/identity.js';
import { actionOf, scheduleHandle } from '../../schedule.js';
import type { EtlMemory, EtlResult, EtlStatus, SourceDown } from '../../workflows/messages.js';

export interface ScheduleState {
  readonly paused: boolean;
  readonly note: string | null;
  readonly nextRun: string | null;
  readonly runsStarted: number;
  readonly slotsSkipped: number;
  readonly slotsMissed: number;
  /** Of the lake that its runs carry into; null: it names none. */
  readonly lake: LakeName | null;
}

export interface SourceState {
  readonly newestId: number | null;
  readonly ratePerSecond: number | null;
  readonly lastPollAt: string | null;
  readonly nextPollAt: string | null;
  /** Wall clock less the event time of the newest record carried. */
  readonly lagMs: number | null;
  readonly lastError: string | null;
  /**
   * Since when the source gives no answer but failures, and until when it asked not to be asked; null: it
   * answers.
   */
  readonly down: {
    readonly since: string;
    readonly refusals: number;
    readonly quietUntil: string | null;
  } | null;
  /** Ids that the window moved past in the last finished slot. */
  readonly lostInLastSlot: number;
}

export interface TemporalState {
  readonly schedule: ScheduleState | null;
  readonly source: SourceState | null;
  /** Hours whose seal runs. */
  readonly hoursOpen: readonly string[];
  readonly workers: readonly { readonly identity: string; readonly seenAt: string }[];
}

/** A worker that lives answers in a moment; one that does not must not hold up the screen. */
const QUERY_MS = 1_500;
const OPEN_MAX = 200;

type StatusConfig = Pick<Config, 'dataset' | 'taskQueue'>;

/** Asks the server alone (descriptions, visibility, results), but for one query where a worker polls. */
export async function readTemporalState(
  client: Client,
  namespace: string,
  config: StatusConfig,
): Promise<TemporalState> {
  const [workers, description, hoursOpen] = await Promise.all([
    freshPollers(client, namespace, config.taskQueue, 'workflow'),
    scheduleHandle(client, config).describe().catch(noSchedule),
    openHours(client, config),
  ]);
  return {
    schedule: description && scheduleState(description),
    source: description && (await sourceState(client, description, workers.length > 0)),
    hoursOpen,
    workers,
  };
}

function noSchedule(error: unknown): null {
  if (error instanceof Error && error.name === 'ScheduleNotFoundError') return null;
  throw error;
}

function scheduleState({ state, info, action }: ScheduleDescription): ScheduleState {
  return {
    paused: state.paused,
    note: state.note ?? null,
    nextRun: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    runsStarted: info.numActionsTaken,
    slotsSkipped: info.numActionsSkippedOverlap,
    slotsMissed: info.numActionsMissedCatchupWindow,
    lake: actionOf({ action }).lake ?? null,
  };
}

async function openHours(client: Client, { dataset, taskQueue }: StatusConfig): Promise<string[]> {
  const prefix = `fernlake-${dataset}-seal-`;
  const query = `WorkflowType = 'sealHour' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const hours: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query, pageSize: OPEN_MAX })) {
    if (workflowId.startsWith(prefix)) hours.push(workflowId.slice(prefix.length));
    if (hours.length === OPEN_MAX) break;
  }
  return hours.sort();
}

/** From the newest run that ended well, and what the running one can add. */
async function sourceState(
  client: Client,
  { info }: ScheduleDescription,
  alive: boolean,
): Promise<SourceState> {
  let result: EtlResult | undefined;
  let status: EtlStatus | undefined;
  let left: EtlMemory | undefined;
  let lastError: string | null = null;
  for (const { action } of [...info.recentActions].reverse()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
    const run = await handle.describe().catch(() => undefined);
    if (run?.status.name === 'RUNNING') {
      lastError ??= pendingError(run);
      if (alive && !status) status = await within(QUERY_MS, handle.query<EtlStatus>('status'));
    } else if (run?.status.name === 'COMPLETED') {
      result = (await handle.result()) as EtlResult;
      break;
    } else if (run) {
      const error: unknown = await handle.result().then(() => null, causeOf);
      if (error !== null) lastError ??= messageOf(error);
      left ??= memoryLeftBy(error);
    }
  }
  const watermarkMs = result?.watermarkMs ?? null;
  return {
    newestId: status?.newestId ?? result?.pace.newestId ?? null,
    ratePerSecond: status?.ratePerSecond ?? result?.pace.ratePerSecond ?? null,
    lastPollAt: isoOf(result?.pace.askedAtMs),
    nextPollAt: isoOf(status?.nextPollAtMs),
    lagMs: watermarkMs === null ? null : Date.now() - watermarkMs,
    lastError: status?.lastError ?? lastError,
    down: downOf(status ? status.down : ((left ?? result)?.down ?? null)),
    lostInLastSlot: result?.report.lostCount ?? 0,
  };
}

/** Why the activity that is tried again failed last: the server knows it, with or without a worker. */
function pendingError({ raw }: WorkflowExecutionDescription): string | null {
  const failed = (raw.pendingActivities ?? []).find(({ lastFailure }) => lastFailure?.message);
  return failed
    ? `${failed.activityType?.name ?? 'activity'}, attempt ${failed.attempt ?? 1}: ${failed.lastFailure?.message ?? ''}`
    : null;
}

/** What a run failed of, within what the client makes of it. */
export const causeOf = (error: unknown): unknown => (error as { cause?: unknown }).cause ?? error;

/** A run that failed hands its memory on with its failure (workflows/etl.ts). */
function memoryLeftBy(error: unknown): EtlMemory | undefined {
  const [left] = (error instanceof ApplicationFailure ? error.details : undefined) ?? [];
  return typeof left === 'object' && left !== null && 'down' in left ? (left as EtlMemory) : undefined;
}

function downOf(down: SourceDown | null): SourceState['down'] {
  if (down === null) return null;
  const { sinceMs, refusals, quietUntilMs } = down;
  return { since: new Date(sinceMs).toISOString(), refusals, quietUntil: isoOf(quietUntilMs) };
}

const isoOf = (ms: number | null | undefined): string | null => (ms ? new Date(ms).toISOString() : null);

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
