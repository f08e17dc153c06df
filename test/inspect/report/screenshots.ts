/**
 * Takes the pictures in docs/images of this very version: `npm run images`.
 * It starts what it shows (a Temporal dev server with its Web UI, the sample API, the worker), all on loopback and in a
 * temporary folder, lets some hours be sealed, and photographs them in the installed Chromium. About two minutes.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { Page } from 'playwright-core';
import { createSourceServer, DEMO_KEY } from '../../../examples/source-server/index.js';
import { readConfig } from '../../../src/config/config.js';
import { startDevServer } from '../../../src/embedded/dev-server.js';
import { applySchedule } from '../../../src/schedule.js';
import { ensureSearchAttributes } from '../../../src/process/search-attributes.js';
import { fernlake, spawnFernlake } from '../../commands/fernlake.js';
import { repoFile } from '../../deploy/files.js';
import { ledgers, tempLake } from '../../support/lake.js';
import { temporalCli } from '../../support/temporal-cli.js';
import { until } from '../../support/until.js';
import { type ChromiumProgram, findChromium } from '../../support/npm-chromium.js';
import { openChromium } from './chromium.js';
import { shootTerminal } from './terminal.js';
import { DATASET, writeLedgers } from './ledgers.js';

const IMAGES = repoFile('docs/images');
const HOURS = 5;
const WAIT_MS = 240_000;
const QUARTER_HOURS = 2_200;
/** An hour passes in twelve seconds, and the newest hours are open while the pictures are taken. */
const SAMPLE = { rate: 12, speed: 300 };
const SETTINGS = {
  FERNLAKE_DATASET: 'logs',
  FERNLAKE_SLOT: '15s',
  FERNLAKE_POLL_MIN: '500ms',
  FERNET_KEYS: DEMO_KEY,
};

const program = await findChromium();
if (program === undefined)
  throw new Error('no Chromium: there is none on PATH, and the npm package could not be had');
mkdirSync(IMAGES, { recursive: true });

const closing: (() => unknown)[] = [];
try {
  await photograph(program);
} finally {
  for (const close of closing.reverse()) await close();
}

async function photograph(chromium: ChromiumProgram): Promise<void> {
  const lake = await tempLake();
  closing.push(() => lake.remove());
  const server = await startDevServer({ cliPath: await temporalCli(), port: 0, uiPort: 0, log: console.log });
  closing.push(() => server.stop());
  const source = await createSourceServer(SAMPLE);
  closing.push(() => source.close());
  const env = {
    ...SETTINGS,
    FERNLAKE_SOURCE_URL: source.url,
    FERNLAKE_LAKE: lake.uri,
    TEMPORAL_ADDRESS: server.address,
  };
  const connection = await Connection.connect({ address: server.address });
  closing.push(() => connection.close());
  await ensureSearchAttributes(connection, server.namespace);
  const worker = spawnFernlake(['worker'], { env, cwd: lake.dir });
  worker.stdout?.resume();
  worker.stderr?.resume();
  closing.push(
    () =>
      new Promise((resolve) => {
        worker.once('exit', resolve).kill('SIGKILL');
      }),
  );
  const client = new Client({ connection });
  await applySchedule(client, readConfig({ source: true }, env), {
    searchAttributes: true,
  });
  await until(
    `${HOURS} hours are sealed`,
    async () => (await ledgers(lake.storage, 'logs')).size >= HOURS,
    WAIT_MS,
  );

  const { code, stderr } = await fernlake(['reprocess'], { env, cwd: lake.dir });
  if (code !== 0) throw new Error(stderr);
  const browser = await openChromium(chromium);
  closing.push(() => browser.close());
  const page = await browser.context.newPage();
  await webUi(page, client, server.uiUrl ?? '');
  for (const name of ['status', 'verify', 'sizes'])
    await shootTerminal(page, {
      file: path.join(IMAGES, `${name}.png`),
      typed: `fernlake ${name}`,
      args: [name],
      cwd: lake.dir,
      env,
    });
  // The sample's few hours are all complete: the report is shown on a quarter of made ones, some with a loss.
  const quarter = await tempLake();
  closing.push(() => quarter.remove());
  writeLedgers(quarter, '2023-04-20T13', QUARTER_HOURS, { parquet: true });
  await fernlake(['report', '--out', 'report.html'], {
    env: { FERNLAKE_LAKE: quarter.uri, FERNLAKE_DATASET: DATASET },
    cwd: quarter.dir,
  });
  await report(page, pathToFileURL(path.join(quarter.dir, 'report.html')).href);
}

async function webUi(page: Page, client: Client, url: string): Promise<void> {
  const home = `${url}/namespaces/default`;
  const seal = await newest(client, `WorkflowType = 'sealHour' AND FernlakeState = 'sealed'`);
  const etl = await newest(client, `WorkflowType = 'etl' AND ExecutionStatus = 'Completed'`);
  const reprocess = await newest(client, `WorkflowType = 'reprocess'`);
  await page.setViewportSize({ width: 1440, height: 900 });
  await shot(page, `${home}/workflows`, 'web-ui-workflows', 'fernlake-logs');
  await shot(page, `${home}/schedules/fernlake-logs`, 'web-ui-schedule', 'fernlake-logs');
  await page.setViewportSize({ width: 1440, height: 1250 });
  await shot(page, `${home}/workflows/${seal}/history`, 'web-ui-seal', 'settle');
  await timeline(page, `${home}/workflows/${etl}/history`, 'web-ui-etl');
  await timeline(page, `${home}/workflows/${reprocess}/history`, 'web-ui-reprocess');
  await page.setViewportSize({ width: 1440, height: 700 });
  // An hour is open for some seconds only, so it is looked for at the last moment.
  const open = await newest(client, `WorkflowType = 'sealHour' AND FernlakeState = 'open'`);
  await page.goto(`${home}/workflows/${open}/history`);
  await page.getByText('User Metadata', { exact: true }).first().click();
  await settled(page, 'Current Details');
  await page.screenshot({ path: path.join(IMAGES, 'web-ui-open.png') });
  await page.goto(`${home}/workflows/${seal}/history`);
  for (const [tab, name] of [
    ['Search Attributes', 'web-ui-search-attributes'],
    ['User Metadata', 'web-ui-details'],
  ] as const) {
    await page.getByText(tab, { exact: true }).first().click();
    await settled(page, tab);
    await page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
  }
}

/** `<workflow id>/<run id>` of the newest one, as the Web UI's addresses have it. */
async function newest(client: Client, query: string): Promise<string> {
  for await (const { workflowId, runId } of client.workflow.list({ query })) return `${workflowId}/${runId}`;
  throw new Error(`no run answers to ${query}`);
}

/** The events in their order from the first one on, in place of a result of many lines. */
async function timeline(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await settled(page, 'Event History');
  // The Web UI remembers the order.
  const newestFirst = page.getByText('Descending', { exact: true }).first();
  if (await newestFirst.isVisible()) await newestFirst.click();
  await page.getByText('Compact', { exact: true }).first().click();
  await page.waitForTimeout(2_500);
  await page
    .getByText('Event History', { exact: true })
    .first()
    .evaluate('(heading) => heading.scrollIntoView()');
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
}

async function shot(page: Page, url: string, name: string, text: string): Promise<void> {
  await page.goto(url);
  await settled(page, text);
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
}

/** The text is there, and what else the page loads has had a moment. */
async function settled(page: Page, text: string): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 20_000 });
  await page.waitForTimeout(2_500);
}

async function report(page: Page, url: string): Promise<void> {
  await page.setViewportSize({ width: 1100, height: 900 });
  await page.goto(url);
  await page.screenshot({ path: path.join(IMAGES, 'report.png'), fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: path.join(IMAGES, 'report-phone-dark.png') });
}
