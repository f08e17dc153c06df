import type { Registry } from 'prom-client';

/** The first value of a metric; undefined where it shows none. */
export async function valueOfMetric(registry: Registry, name: string): Promise<number | undefined> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as readonly {
    readonly name: string;
    readonly values: readonly { readonly value: number }[];
  }[];
  return metrics.find((metric) => metric.name === name)?.values[0]?.value;
}
