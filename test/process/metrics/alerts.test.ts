import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { repoFile } from '../../deploy/files.js';
import { samplesOf, sumOf, type WatchedWorker, watchedWorker } from '../http/watched-worker.js';
import { ledgers } from '../../support/lake.js';
import { steppedSource, type SteppedSource } from '../../support/stepped-source.js';
import { until } from '../../support/until.js';
import { promtool } from './promtool.js';
import { ruleTests, type Scenario, type Scrape } from './rule-tests.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}

const rulesFile = repoFile('deploy/monitoring/alerts.yml');
const rulesText = readFileSync(rulesFile, 'utf8');
const rules = (parse(rulesText) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = readFileSync(repoFile('deploy/monitoring/grafana-dashboard.json'), 'utf8');

/** Starts a Temporal dev server, a sample API on loopback and the real worker as a process; uses promtool. */
describe('alert rules and dashboard', function () {
  this.timeout(180_000);
  let source: SteppedSource;
  let run: WatchedWorker;
  let idle: Scrape;
  let open: Scrape;
  let done: Scrape;

  const scrape = async (): Promise<Scrape> => ({ atMs: Date.now(), text: (await run.get('/metrics')).text });

  before(async () => {
    source = await steppedSource({ steps: 12, recordsPerStep: 150, minutesPerStep: 10 });
    // So patient that an hour stays open for long enough to be scraped.
    run = await watchedWorker(source.server.url, { FERNLAKE_LATENESS: '1ms', FERNLAKE_IDLE: '17s' });
    idle = await scrape();
    await run.schedule();
    open = await until('an hour is open', async () => {
      const now = await scrape();
      return (sumOf(now.text, 'fernlake_open_hours') ?? 0) > 0 && now;
    });
    await until(
      'hours are sealed',
      async () => (await ledgers(run.lake.storage, run.config.dataset)).size >= 2,
      90_000,
    );
    done = await until(
      'what is missing shows',
      async () => {
        const now = await scrape();
        return (sumOf(now.text, 'fernlake_recent_missing_ids') ?? 0) > 0 && now;
      },
      60_000,
    );
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('ask only for metrics that a real worker serves', () => {
    const served = new Set([idle, open, done].flatMap(({ text }) => samplesOf(text).map(({ name }) => name)));
    const declared = new Set(Array.from(done.text.matchAll(/^# TYPE (\S+)/gm), (match) => match[1]));
    const asked = [
      ...rulesText.matchAll(/\b(?:fernlake|temporal)_\w+/g),
      ...dashboard.matchAll(/\b(?:fernlake|temporal)_\w+/g),
    ];
    assert(asked.length > 30);
    const unknown = asked.map(([name]) => name).filter((name) => !served.has(name) && !declared.has(name));
    assert.deepEqual(unknown, []);
  });

  it('each have a section in the runbook', () => {
    const runbook = readFileSync(repoFile('docs/runbook.md'), 'utf8');
    const sections = Array.from(runbook.matchAll(/^## (Fernlake\w+)$/gm), (match) => match[1]);
    assert.deepEqual(
      sections,
      rules.map(({ alert }) => alert),
    );
    for (const { alert, annotations } of rules)
      assert.equal(annotations.runbook, `docs/runbook.md#${alert.toLowerCase()}`);
  });

  it('fire when they should, and only then, on the series of a real run', async function () {
    const tool = await promtool();
    if (tool === undefined) {
      console.warn(
        'skipped: the alert rules are not tried, as promtool is neither on PATH nor to be had from Debian',
      );
      this.skip();
    }
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-rules-'));
    try {
      const tried = new Set(scenarios({ idle, open, done }).flatMap(({ firing }) => firing));
      assert.deepEqual(
        rules.map(({ alert }) => alert).filter((alert) => !tried.has(alert)),
        [],
      );
      const file = path.join(dir, 'rules.test.yml');
      writeFileSync(file, ruleTests(rulesFile, scenarios({ idle, open, done })));
      const check = await promisify(execFile)(tool, ['check', 'rules', rulesFile]);
      assert.match(check.stdout, new RegExp(`SUCCESS: ${rules.length} rules found`));
      const tested = await promisify(execFile)(tool, ['test', 'rules', file]).catch(
        (error: { stdout: string; stderr: string }) => assert.fail(`${error.stdout}${error.stderr}`),
      );
      assert.match(tested.stdout, /SUCCESS/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

/** Every rule fires in one of them, which the test below sees to. */
function scenarios({ idle, open, done }: Record<'idle' | 'open' | 'done', Scrape>): Scenario[] {
  const away = (text: string, name: string): string =>
    text.replace(new RegExp(`^(${name}\\{.*\\}) 1$`, 'm'), '$1 0');
  const [dataset = ''] = /dataset="[^"]+"/.exec(idle.text) ?? [];
  /** The scrape with one more series, or another value of one that is there. */
  const withSeries = (scrape: Scrape, name: string, labels: string, value: number): Scrape => {
    const others = scrape.text.split('\n').filter((line) => !line.startsWith(`${name}{${labels}`));
    return { ...scrape, text: [...others, `${name}{${labels}${dataset}} ${value}`].join('\n') };
  };
  return [
    { name: 'a worker that waits', from: idle, clocks: 'live', afterMinutes: 100, firing: [] },
    {
      name: 'ids just lost',
      from: idle,
      to: done,
      clocks: 'live',
      afterMinutes: 5,
      firing: ['FernlakeIdsLost', 'FernlakeIdsMissing'],
    },
    {
      name: 'ids lost an hour ago',
      from: idle,
      to: done,
      clocks: 'live',
      afterMinutes: 90,
      firing: ['FernlakeIdsMissing'],
    },
    {
      name: 'a source that went silent, not long ago',
      from: idle,
      clocks: 'stuck',
      afterMinutes: 14,
      firing: [],
    },
    {
      name: 'a source that went silent',
      from: idle,
      clocks: 'stuck',
      afterMinutes: 18,
      firing: ['FernlakeSourceSilent'],
    },
    {
      name: 'a source that answers the same for ever',
      from: {
        ...idle,
        text: idle.text.replace(
          /^(fernlake_source_moved_timestamp_seconds\{.*\}) .*$/m,
          `$1 ${idle.atMs / 1000 - 1900}`,
        ),
      },
      clocks: 'live',
      afterMinutes: 5,
      firing: ['FernlakeSourceStalled'],
    },
    {
      name: 'an hour that nobody seals',
      from: open,
      clocks: 'stuck',
      afterMinutes: 60,
      firing: [
        ...(missingIn(open) ? ['FernlakeIdsMissing'] : []),
        'FernlakeHourNotSealed',
        'FernlakeSourceSilent',
      ],
    },
    {
      name: 'a worker that died',
      from: done,
      clocks: 'gone',
      afterMinutes: 15,
      firing: ['FernlakeNoWorker'],
    },
    {
      name: 'a Temporal server that went away',
      from: { ...idle, text: away(idle.text, 'fernlake_temporal_up') },
      clocks: 'live',
      afterMinutes: 10,
      firing: ['FernlakeTemporalAway'],
    },
    {
      name: 'records that go into quarantine',
      from: idle,
      to: withSeries(idle, 'fernlake_records_quarantined_total', 'reason="undecryptable",', 7),
      clocks: 'live',
      afterMinutes: 15,
      firing: ['FernlakeQuarantine'],
    },
    {
      name: 'an activity that fails for good',
      from: idle,
      to: withSeries(
        idle,
        'fernlake_activity_failures_total',
        'activity="fetch",code="SourceRefused",final="true",',
        1,
      ),
      clocks: 'live',
      afterMinutes: 5,
      firing: ['FernlakeActivityFails'],
    },
    {
      name: 'an activity that fails and is tried again',
      from: idle,
      to: withSeries(
        idle,
        'fernlake_activity_failures_total',
        'activity="fetch",code="SourceAnswer",final="false",',
        9,
      ),
      clocks: 'live',
      afterMinutes: 5,
      firing: [],
    },
    {
      name: 'windows that hardly overlap',
      from: withSeries(idle, 'fernlake_poll_overlap_ratio', '', 0.04),
      clocks: 'live',
      growing: ['fernlake_poll_fresh_records_total'],
      afterMinutes: 40,
      firing: ['FernlakeWindowTight'],
    },
    {
      name: 'windows that overlap by half',
      from: withSeries(idle, 'fernlake_poll_overlap_ratio', '', 0.54),
      clocks: 'live',
      growing: ['fernlake_poll_fresh_records_total'],
      afterMinutes: 40,
      firing: [],
    },
    {
      name: 'a lake that went away',
      from: { ...idle, text: away(idle.text, 'fernlake_lake_up') },
      clocks: 'live',
      afterMinutes: 10,
      firing: ['FernlakeLakeAway'],
    },
  ];
}

const missingIn = ({ text }: Scrape): boolean => (sumOf(text, 'fernlake_recent_missing_ids') ?? 0) > 0;
