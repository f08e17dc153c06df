// Who may import whom in src/ (docs/ARCHITECTURE.md has the why). Checked by dependency-cruiser: `npm run lint`.
// Imports of types count as well: what a file must know of another is a bond, whether or not it is loaded.

const { FLOORS, STEPS } = require('./floors.cjs');

const named = (names) => `(${names.join('|')})(/|\\.ts$)`;
const upward = (floors, folder) =>
  floors.slice(0, -1).map((names, at) => ({
    name: `${names.join('-')}-never-up`,
    comment: `${folder}${names.join(', ')} may be read without what stands above: ${floors
      .slice(at + 1)
      .flat()
      .join(', ')}`,
    severity: 'error',
    from: { path: `^${folder}${named(names)}` },
    to: { path: `^${folder}${named(floors.slice(at + 1).flat())}` },
  }));

/** A library has one door. */
const DOORS = [
  ['only-s3-and-glue-know-aws', '(^|/)node_modules/@(aws-sdk|smithy)/', '^src/(storage/s3|tables/glue/glue)'],
  ['only-glue-knows-glue', '(^|/)node_modules/@aws-sdk/client-glue/', '^src/tables/glue/glue'],
  ['only-fetch-speaks-http', '(^|/)node_modules/got/', '^src/activities/fetch/'],
  ['only-fetch-gets-tokens', '(^|/)node_modules/oauth4webapi/', '^src/activities/fetch/'],
  ['only-duckdb-knows-duckdb', '(^|/)node_modules/@duckdb/', '^src/tables/duckdb/'],
  ['only-threads-begin-threads', '(^|/)node_modules/piscina/', '^src/process/threads/'],
  ['only-metrics-make-metrics', '(^|/)node_modules/prom-client/', '^src/process/metrics/'],
  ['only-the-report-draws', '(^|/)node_modules/(@observablehq/plot|linkedom)/', '^src/inspect/report/'],
  ['only-schemas-check-shapes', '(^|/)node_modules/valibot/', '^src/(workflows/inputs|config/file/)'],
  ['only-the-file-is-yaml', '(^|/)node_modules/yaml/', '^src/config/file/'],
].map(([name, library, door]) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: door },
  to: { path: library },
}));

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unfound', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'src-stands-alone',
      comment:
        'what ships must stand without what does not; a command loads the sample API by a computed path',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|examples|bench|lint)/' },
    },
    ...upward(FLOORS, 'src/'),
    ...upward(STEPS, 'src/activities/'),
    {
      name: 'pure-is-pure',
      comment: 'no I/O, and no library: the same input gives the same output, today and tomorrow',
      severity: 'error',
      from: { path: '^src/(bytes|dataset)/' },
      to: { path: '.', pathNot: '^(src/|crypto$|zlib$|buffer$|util$)' },
    },
    {
      name: 'workflows-are-deterministic',
      comment: 'values come from the workflow SDK, the gate, and pure arithmetic; all else as a type',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        path: '.',
        pathNot:
          '^(src/(workflows|bytes|dataset)/|src/(errors|limits|figures)\\.ts$|src/lake/(keys|identity)\\.ts$|src/activities/fetch/(pace|poll-queue)\\.ts$|.*node_modules/(@temporalio/workflow|valibot)/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'ports-only',
      comment: 'activities and lake are handed their storage, source and catalogue; they make none',
      severity: 'error',
      from: { path: '^src/(activities|lake)/', pathNot: '^src/(activities/fetch|lake/copy)/' },
      to: { path: '^src/(storage/(?!key|port)|tables/(?!parquet/port|glue/port))' },
    },
    {
      name: 'activities-know-no-client',
      severity: 'error',
      from: { path: '^src/(storage|lake|tables|activities|bytes|dataset)/' },
      to: { path: '(^|/)node_modules/@temporalio/(client|worker|workflow)/' },
    },
    ...DOORS,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
