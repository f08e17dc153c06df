import { type Sample, samplesOf } from '../http/watched-worker.js';

/** A scrape of a real worker, and when it was made. */
export interface Scrape {
  readonly text: string;
  readonly atMs: number;
}

/** What Prometheus would have seen: `live`, the clocks go on; `stuck`, they stand still at the scrape; `gone`, nothing. */
export interface Scenario {
  readonly name: string;
  readonly from: Scrape;
  /** Counters and gauges jump to these after a minute. */
  readonly to?: Scrape;
  readonly clocks: 'live' | 'stuck' | 'gone';
  /** Counters that go on to grow, one a second. */
  readonly growing?: readonly string[];
  readonly afterMinutes: number;
  /** Alerts that must fire then, and no other. */
  readonly firing: readonly string[];
}

const MINUTES = 120;

/** The input of `promtool test rules`: time 0 is the (first) scrape, so that clocks are counted from there. */
export function ruleTests(rulesFile: string, scenarios: readonly Scenario[]): string {
  return JSON.stringify({
    rule_files: [rulesFile],
    evaluation_interval: '1m',
    tests: scenarios.map(({ name, afterMinutes, firing, ...given }) => ({
      name,
      interval: '1m',
      input_series: seriesOf(given),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: `${afterMinutes}m`,
          exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
        },
      ],
    })),
  });
}

function seriesOf({
  from,
  to = from,
  clocks,
  growing = [],
}: Pick<Scenario, 'from' | 'to' | 'clocks' | 'growing'>) {
  const before = new Map(own(from).map((sample) => [keyOf(sample), sample.value]));
  return own(to).map((sample) => ({
    series: keyOf(sample),
    values: valuesOf(sample, before.get(keyOf(sample))),
  }));

  function valuesOf({ name, value }: Sample, former: number | undefined): string {
    if (clocks === 'gone') return `${value} _x${MINUTES}`;
    if (growing.includes(name)) return `${value}+60x${MINUTES}`;
    if (!name.endsWith('_timestamp_seconds')) return `${former ?? 0} ${value}x${MINUTES}`;
    const sinceS = value - to.atMs / 1000;
    return clocks === 'live' ? `${sinceS}+60x${MINUTES}` : `${sinceS}x${MINUTES}`;
  }
}

/** Ours, without histograms' buckets: no rule reads those. */
const own = ({ text }: Scrape): Sample[] =>
  samplesOf(text).filter(
    ({ name, value }) => /^fernlake_/.test(name) && !name.endsWith('_bucket') && Number.isFinite(value),
  );

const keyOf = ({ name, labels }: Sample): string => `${name}{${labels},instance="worker-1",job="fernlake"}`;
