/**
 * Who may import whom (docs/ARCHITECTURE.md has the why). One row per folder; `values` are importable, `types` only with
 * `import type`. An entry that ends in `/` is a prefix, any other is that module and its subpaths. Files are written as
 * project paths without extension. To give a folder a library, add it here, in the commit that needs it.
 */
const COMPUTE_ONLY = ['node:crypto', 'node:zlib', 'node:buffer', 'node:util'];

export const rows = [
  {
    folder: 'src/domain/',
    values: ['src/domain/', ...COMPUTE_ONLY],
    why: 'src/domain is pure: it imports only itself and node:crypto, node:zlib, node:buffer, node:util',
  },
  {
    folder: 'src/source/',
    values: ['src/domain/', 'src/source/', 'node:', 'got', 'http-proxy-agent', 'https-proxy-agent'],
    why: 'src/source imports src/domain, node: modules and got; it knows neither Temporal nor the lake',
  },
  {
    folder: 'src/storage/',
    values: ['src/domain/', 'src/storage/', 'node:', '@aws-sdk/', '@smithy/'],
    why: 'src/storage imports src/domain, node: modules and its SDK; it knows neither Temporal nor the source',
  },
  {
    folder: 'src/lake/',
    values: [
      'src/dataset/',
      'src/lake/',
      'src/bytes/',
      'src/activities/',
      'src/errors',
      'src/limits',
      'node:stream',
      'node:timers',
      ...COMPUTE_ONLY,
    ],
    types: ['src/storage/port'],
    why: "src/lake imports src/domain and the storage port's types; it knows neither Temporal nor an adapter",
  },
  {
    folder: 'src/activities/',
    values: [
      'src/dataset/',
      'src/lake/',
      'src/bytes/',
      'src/errors',
      'src/limits',
      'src/activities/',
      '@temporalio/activity',
      '@temporalio/common',
      'node:stream',
      'node:timers',
      ...COMPUTE_ONLY,
    ],
    types: ['src/storage/port', 'src/activities/fetch/port', 'src/tables/glue/port', 'src/workflows/pace'],
    why: "src/activities imports src/domain, Temporal's activity API and the ports' types; adapters are handed to createActivities",
  },
  {
    folder: 'src/catalog/',
    values: ['src/domain/', 'src/engines/', 'src/catalog/', 'src/storage/s3-facts', '@aws-sdk/client-glue'],
    types: ['src/config/config', 'src/config/values'],
    why: "src/catalog imports src/domain, src/engines and Glue's client; it knows neither Temporal nor the lake",
  },
  {
    folder: 'src/workflows/',
    values: [
      ...['src/dataset/', 'src/lake/', 'src/bytes/', 'src/errors', 'src/limits', 'src/activities/'],
      ...['src/workflows/', '@temporalio/workflow', 'valibot'],
    ],
    types: ['*'],
    why: 'src/workflows is deterministic: values come only from @temporalio/workflow, src/workflows, src/domain and valibot, everything else as import type',
  },
];

/** What ships must stand without what does not. */
export const outsideSrc = {
  entries: ['test/', 'examples/', 'bench/', 'lint/'],
  why: 'src never imports test, examples, bench or lint; a command loads the sample API by a computed path',
};

/** A library has one door: only files whose path begins with one of `files` import it. */
export const exclusive = [
  {
    entries: ['@aws-sdk/', '@smithy/'],
    files: ['src/storage/s3', 'src/tables/glue/glue'],
    why: 'only src/storage/s3* and src/tables/glue/glue import the AWS SDK; everything else asks the ports',
  },
  {
    entries: ['@aws-sdk/client-glue'],
    files: ['src/tables/glue/glue'],
    why: 'only src/tables/glue/glue speaks to Glue, and loads its client when it is asked for',
  },
  {
    entries: ['valibot'],
    files: ['src/workflows/inputs'],
    why: 'only src/workflows/inputs says what workflows and signals take',
  },
  {
    entries: ['got'],
    files: ['src/source/'],
    why: 'only src/source speaks HTTP with got',
  },
  {
    entries: ['@duckdb/'],
    files: ['src/duckdb/'],
    why: 'DuckDB is optional: only src/duckdb loads it, when it is asked for',
  },
  {
    entries: ['piscina'],
    files: ['src/threads/'],
    why: 'only src/threads begins threads; they open a storage of their own',
  },
  {
    entries: ['prom-client'],
    files: ['src/metrics/'],
    why: 'only src/metrics makes metrics',
  },
  {
    entries: ['@observablehq/plot', 'linkedom'],
    files: ['src/report/'],
    why: 'only the report draws; nobody else is to wait for its libraries to load',
  },
];
