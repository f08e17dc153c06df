import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From one attempt at a local folder (a millisecond) to a merge of a large hour. */
const LATENCY_BUCKETS_S = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** One dataset's. */
export type Metrics = ReturnType<MetricsOfWorker['of']>;
export type MetricsOfWorker = ReturnType<typeof createMetrics>;

/**
 * Every metric of the worker. Counters count what this process did since it started; gauges of the lake are true for all
 * workers together. Names and units follow https://prometheus.io/docs/practices/naming/. All have the label `dataset`.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['dataset'], registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['dataset'], registers });
  const labelled = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L | 'dataset'>({ name, help, labelNames: ['dataset', ...labelNames], registers });
  const all = {
    polls: counter('fernlake_polls_total', 'Answers of the source that were archived.'),
    pollRecords: counter('fernlake_poll_records_total', 'Records in those answers; windows overlap.'),
    pollFresh: counter('fernlake_poll_fresh_records_total', 'Records that no poll before had shown.'),
    pollOverlap: gauge(
      'fernlake_poll_overlap_ratio',
      'Share of the last window that was known already, 0..1.',
    ),
    pollInterval: gauge('fernlake_poll_interval_seconds', 'Time between the last two polls, start to start.'),
    pollDuration: gauge(
      'fernlake_poll_duration_seconds',
      'How long the last answer was archived after it was asked for.',
    ),
    idsLost: counter('fernlake_ids_lost_total', 'Ids that the window moved past before they were fetched.'),
    newestId: gauge('fernlake_source_newest_id', 'Newest id that the source has shown.'),
    answeredAt: gauge(
      'fernlake_source_answered_timestamp_seconds',
      'When the source last answered; the start of the process before that.',
    ),
    movedAt: gauge(
      'fernlake_source_moved_timestamp_seconds',
      'When the source last showed a new id; the start of the process before that.',
    ),
    carried: counter('fernlake_records_carried_total', 'Appearances of records carried into segments.'),
    seen: counter(
      'fernlake_records_seen_total',
      'Appearances accounted for in sealed hours: landed, duplicate or quarantined.',
    ),
    landed: counter('fernlake_records_landed_total', 'Rows landed in sealed hours.'),
    duplicates: counter(
      'fernlake_records_duplicate_total',
      'Appearances dropped at the seal, as the record had landed.',
    ),
    late: counter('fernlake_records_late_total', 'Rows landed after the first seal of their hour.'),
    quarantined: labelled(
      'fernlake_records_quarantined_total',
      'Appearances put into quarantine that were not there.',
      ['reason'],
    ),
    missing: counter('fernlake_ids_missing_total', 'Ids found missing at the seal of their hour.'),
    seals: counter('fernlake_seals_total', 'Ledgers written, first ones and revisions.'),
    bytes: labelled(
      'fernlake_bytes_total',
      'Bytes written (raw, uploaded), and of landed rows in each form.',
      ['form'],
    ),
    newestSealed: gauge(
      'fernlake_newest_sealed_hour_end_timestamp_seconds',
      'End of the newest sealed hour, by the lake; absent while none is sealed.',
    ),
    oldestOpen: gauge(
      'fernlake_oldest_open_hour_due_timestamp_seconds',
      'When the oldest hour with unsealed segments may be sealed at the latest; absent while there is none.',
    ),
    openHours: gauge('fernlake_open_hours', 'Hours with unsealed segments.'),
    recentMissing: gauge(
      'fernlake_recent_missing_ids',
      'Ids missing in the newest 24 sealed hours, by their ledgers.',
    ),
    polling: gauge('fernlake_worker_polling', '1 while the worker runs and polls its task queue.'),
    temporalUp: gauge('fernlake_temporal_up', '1 when the Temporal server answered the last check.'),
    lakeUp: gauge('fernlake_lake_up', '1 when the lake could be listed at the last check.'),
    failures: labelled(
      'fernlake_activity_failures_total',
      'Failed attempts; `final`: no other attempt follows.',
      ['activity', 'code', 'final'],
    ),
    latency: new Histogram({
      name: 'fernlake_activity_seconds',
      help: 'Duration of an attempt.',
      labelNames: ['dataset', 'activity', 'outcome'],
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
  };
  return { registry, of: (dataset: string) => ofDataset(all, dataset) };
}

type OfDataset<M> = {
  readonly [Name in keyof M]: M[Name] extends Counter<infer L>
    ? BoundCounter<Exclude<L, 'dataset'>>
    : M[Name] extends Gauge<string>
      ? BoundGauge
      : BoundHistogram;
};

type Labels<L extends string> = Readonly<Record<L, string>>;
interface BoundCounter<L extends string> {
  inc(labels: Labels<L>, n?: number): void;
  inc(n?: number): void;
}
interface BoundGauge {
  set(value: number): void;
  remove(): void;
}
interface BoundHistogram {
  observe(labels: Labels<'activity' | 'outcome'>, value: number): void;
}

/** The same metrics with their dataset filled in. */
function ofDataset<M extends Readonly<Record<string, Counter<string> | Gauge<string> | Histogram<string>>>>(
  all: M,
  dataset: string,
): OfDataset<M> {
  const bind = (metric: M[keyof M]): unknown => {
    if (metric instanceof Counter) {
      // So that its first rise is seen; where there are further labels, they are not known yet.
      if (isPlain(metric)) metric.inc({ dataset }, 0);
      return {
        inc: (labels?: Labels<string> | number, n?: number) =>
          typeof labels === 'object'
            ? metric.inc({ ...labels, dataset }, n)
            : metric.inc({ dataset }, labels),
      };
    }
    if (metric instanceof Gauge)
      return {
        set: (value: number) => metric.set({ dataset }, value),
        remove: () => metric.remove({ dataset }),
      };
    return {
      observe: (labels: Labels<string>, value: number) => metric.observe({ ...labels, dataset }, value),
    };
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, metric]) => [name, bind(metric as M[keyof M])]),
  ) as OfDataset<M>;
}

const isPlain = (metric: Counter<string>): boolean =>
  (metric as unknown as { readonly labelNames: readonly string[] }).labelNames.length === 1;
