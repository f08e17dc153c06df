import { createMetrics } from '../../../src/process/metrics/metrics.js';
import { readRepoFile } from '../../deploy/files.js';
import { code, type Page, table } from './page.js';

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

export async function metricsPage(): Promise<Page> {
  const { registry } = createMetrics();
  const metrics = registry.getMetricsAsArray() as unknown as readonly Metric[];
  const shown = (await registry.getMetricsAsJSON()) as unknown as readonly { name: string; type: string }[];
  const typeOf = (name: string): string => shown.find((metric) => metric.name === name)?.type ?? '';
  registry.clear();
  const rows = metrics
    .filter(({ name }) => name.startsWith('fernlake_'))
    .map(({ name, help, labelNames = [] }) => [
      code(name),
      typeOf(name),
      labelNames
        .filter((label) => label !== 'dataset')
        .map(code)
        .join(', '),
      help,
      alertsWith(name).join(', '),
    ]);
  return {
    file: 'metrics.md',
    title: 'Metrics',
    about: 'every metric of the worker, and the alerts that read it',
    from: ['src/process/metrics/metrics.ts', 'deploy/monitoring/alerts.yml'],
    body: `The worker serves them at \`/metrics\` of \`FERNLAKE_HTTP_PORT\`, beside \`/healthz\` and \`/readyz\`. All carry the label
\`dataset\`. Counters count what this process did since it started; gauges of the lake are true for all workers together.

${table(['metric', 'type', 'labels', 'what it says', 'alerts'], rows)}

On the same page stand the metrics of Node (\`nodejs_…\`, \`process_…\`) and those of Temporal's SDK
([\`temporal_…\`](https://docs.temporal.io/references/sdk-metrics): task latencies, slots, pollers). Times are in seconds, sizes in
bytes, shares from 0 to 1.`,
  };
}

/** The alerts whose rule reads the metric, as links into the runbook. */
function alertsWith(name: string): string[] {
  const blocks = readRepoFile('deploy/monitoring/alerts.yml')
    .split(/^ +- alert: /m)
    .slice(1);
  return blocks
    .filter((block) => new RegExp(`\\b${name}\\b`).test(block))
    .map((block) => block.split('\n', 1)[0] ?? '')
    .map((alert) => `[${alert}](../runbook.md#${alert.toLowerCase()})`);
}
