import { DefaultLogger, type LogEntry, type LogLevel, Runtime } from '@temporalio/worker';

/**
 * One JSON object a line on stderr, ours, the SDK's and the core's alike. Call before anything else of the SDK: the runtime
 * is installed once per process. `coreMetrics`, host:port: where the core is to serve its own metrics; nowhere without it.
 */
export function installLog(
  level: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
  coreMetrics?: string,
): void {
  const logger = new DefaultLogger(level, (entry) => {
    if (entry.message !== NO_WORKFLOWS) write(`${JSON.stringify(lineOf(entry))}\n`);
  });
  Runtime.install({
    logger,
    // The worker's life is ours to end: see commands/worker.ts.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
      ...(coreMetrics === undefined ? {} : { metrics: { prometheus: promOptions(coreMetrics) } }),
    },
  });
}

/** What the SDK warns of at each start: some queues (own-queue.ts) are for activities alone. */
const NO_WORKFLOWS = 'No workflows registered, not polling for workflow tasks';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `fernlake-logs-seal-2023-04-20T13` */
const SEAL_ID = /-seal-(\d{4}-\d\d-\d\dT\d\d)$/;

/** Named as Prometheus would have it: seconds, with the unit and `_total` in the name. */
const promOptions = (bindAddress: string) => ({
  bindAddress,
  countersTotalSuffix: true,
  unitSuffix: true,
  useSecondsForDurations: true,
});

function lineOf({ level, timestampNanos, message, meta }: LogEntry): Record<string, unknown> {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { error, sdkComponent, workflowRunId, ...rest } = (meta ?? {}) as Record<string, unknown>;
  // The SDK calls it another name on activities; whoever follows a run wants one.
  const runId = rest['runId'] ?? workflowRunId;
  const hour = rest['hour'] ?? SEAL_ID.exec(textOf(rest['workflowId']))?.[1];
  return {
    time,
    level: level.toLowerCase(),
    message,
    ...(typeof sdkComponent === 'string' ? { component: sdkComponent } : {}),
    ...rest,
    ...(runId === undefined ? {} : { runId }),
    ...(hour === undefined ? {} : { hour }),
    ...(error instanceof Error ? { error: error.message, stack: error.stack } : {}),
  };
}
