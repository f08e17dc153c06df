import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { gatherReport, type ReportData } from '../../../src/inspect/report/gather.js';
import { reportPage } from '../../../src/inspect/report/page.js';
import { type TempLake, tempLake } from '../../support/lake.js';
import { findChromium } from '../../support/npm-chromium.js';
import { type Browser, openChromium } from './chromium.js';
import { DATASET, writeLedgers } from './ledgers.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THREE_YEARS_HOURS = 26_280;
const PAGE_BYTES_MAX = 1_500_000;
const NOW_MS = Date.parse('2026-11-24T04:00:00.000Z');

interface Case {
  readonly name: string;
  readonly first: string;
  readonly hours: number;
  readonly parquet?: true;
  /** Another dataset on the same page. */
  readonly besides?: string;
}
const CASES: readonly Case[] = [
  { name: 'an empty lake', first: '2023-04-20T13', hours: 0 },
  { name: 'one hour', first: '2023-04-20T13', hours: 1 },
  {
    name: 'a week, and of another dataset',
    first: '2023-04-20T13',
    hours: 168,
    parquet: true,
    besides: 'orders',
  },
  { name: 'three years', first: '2023-01-10T00', hours: THREE_YEARS_HOURS },
];

describe('the report in a real Chromium', function () {
  this.timeout(180_000);
  let browser: Browser | undefined;

  before(async function () {
    const program = await findChromium();
    if (program === undefined) {
      console.warn(
        'skipped: the report is not opened in a browser, as there is no Chromium, and none could be got (Debian: apt-get install chromium)',
      );
      this.skip();
    }
    browser = await openChromium(program);
  });
  after(() => browser?.close());

  for (const { name, first, hours, parquet, besides } of CASES) {
    describe(`of ${name}`, () => {
      let lake: TempLake;
      let data: ReportData;
      let html: string;
      let page: Page;
      const asked: string[] = [];
      const complaints: string[] = [];

      before(async () => {
        lake = await tempLake();
        writeLedgers(lake, first, hours, { parquet: parquet ?? false });
        data = await gatherReport(lake.storage, DATASET, NOW_MS);
        if (besides !== undefined) writeLedgers(lake, first, 30, { dataset: besides });
        const other = besides === undefined ? [] : [await gatherReport(lake.storage, besides, NOW_MS)];
        html = reportPage([data, ...other]);
        const file = path.join(lake.dir, 'report.html');
        writeFileSync(file, html);
        assert(browser);
        page = await browser.context.newPage();
        page.on('request', (request) => asked.push(request.url()));
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        await page.goto(pathToFileURL(file).href);
      });
      after(async () => {
        await page?.close();
        lake?.remove();
      });

      it('opens without a complaint and asks for nothing but itself', () => {
        assert.deepEqual(complaints, []);
        assert.equal(asked.length, 1, asked.join('\n'));
        assert.doesNotMatch(html, /<script|<link|<iframe|javascript:|url\(/i);
      });

      it('stays small', () => {
        assert(Buffer.byteLength(html) < PAGE_BYTES_MAX, `${Buffer.byteLength(html)} bytes`);
      });

      it('shows the sums of all ledgers', async () => {
        const tiles = (await page.locator('.tiles dd').allInnerTexts()).map((text) => text.trim());
        const landed = data.hours.reduce((sum, facts) => sum + facts.landed, 0);
        assert.equal(tiles[0], data.hours.length.toLocaleString('en-US'));
        assert.equal(tiles[1], landed.toLocaleString('en-US'));
        if (hours === 0) assert.match(await page.locator('main').innerText(), /Nothing is sealed yet/);
        else assert(landed > 0);
      });

      it('compares the sizes of every form that the lake has', async () => {
        if (hours === 0) return;
        const forms = page.locator('table', { hasText: 'bytes a row' }).locator('tbody tr');
        const text = (await forms.allInnerTexts()).join('\n');
        assert.match(text, /^JSON.*100 %.*274\.0/m);
        assert.match(text, /^compact.*79\.20 %.*217\.0/m);
        assert.match(text, /^gzip of compact.*16\.06 %.*44\.0/m);
        if (parquet) assert.match(text, /^Parquet \(168 hours\).*13\.14 %.*36\.0/m);
        else assert.doesNotMatch(text, /Parquet/);
      });

      it('draws within its picture, with a colour for every hour', async () => {
        const outside = await page.evaluate<number>(`
          [...document.querySelectorAll('svg')].filter((svg) => {
            const { left, right, top, bottom } = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('rect, path, text')].some((mark) => {
              const box = mark.getBoundingClientRect();
              return box.width > 0 && (box.left < left - 1 || box.right > right + 1 || box.top < top - 1 || box.bottom > bottom + 1);
            });
          }).length`);
        assert.equal(outside, 0);
        const black = await page.evaluate<number>(
          `[...document.querySelectorAll('svg rect')].filter((mark) => getComputedStyle(mark).fill === 'rgb(0, 0, 0)').length`,
        );
        assert.equal(black, 0);
        assert.doesNotMatch(html, /NaN|undefined|Infinity|\[object/);
      });

      for (const scheme of ['light', 'dark'] as const) {
        for (const [device, width] of [
          ['a desk', 1280],
          ['a phone', 360],
        ] as const) {
          it(`is ${scheme} on ${device}, nothing sticks out, and axe finds no fault`, async () => {
            await page.setViewportSize({ width, height: 800 });
            await page.emulateMedia({ colorScheme: scheme });
            assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), width);
            const burst =
              "[...document.querySelectorAll('.tiles dd')].filter((tile) => tile.scrollWidth > tile.clientWidth).length";
            assert.equal(await page.evaluate<number>(burst), 0);
            const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
            assert.equal(ground, scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 24, 27)');
            await page.evaluate(axe);
            const faults = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
              `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'], resultTypes: ['violations'] }).then(({ violations }) => violations)`,
            );
            assert.deepEqual(
              faults.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`),
              [],
            );
          });
        }
      }

      it('says of each box on a phone that it scrolls where it does, and of none on a desk', async () => {
        await page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))");
        const boxes = async (width: number): Promise<{ wide: number; hints: number; wrong: string[] }> => {
          await page.setViewportSize({ width, height: 800 });
          return page.evaluate(`new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled))).then(() => {
            const boxes = [...document.querySelectorAll('.scroll')];
            const isWide = (box) => box.scrollWidth > box.clientWidth;
            const hints = (box) => box.querySelector('.hint').offsetHeight > 10;
            const fits = (box) => box.querySelector('.hint').getBoundingClientRect().right <= document.documentElement.clientWidth;
            const wrong = boxes.filter((box) => isWide(box) !== hints(box) || !fits(box)).map((box) => box.ariaLabel);
            return { wide: boxes.filter(isWide).length, hints: boxes.filter(hints).length, wrong };
          })`);
        };
        const phone = await boxes(390);
        assert.deepEqual(phone.wrong, []);
        if (hours > 0) assert(phone.wide >= 3, `${phone.wide} boxes scroll`);
        assert.equal(phone.hints, phone.wide);
        assert.deepEqual(await boxes(1280), { wide: 0, hints: 0, wrong: [] });
      });

      it('has a shadow at the side where there is more, and none at its end', async () => {
        if (hours === 0) return;
        await page.setViewportSize({ width: 390, height: 800 });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.evaluate(
          "[...document.querySelectorAll('.scroll')].find((box) => box.scrollWidth > box.clientWidth).id = 'wide'",
        );
        const box = page.locator('#wide');
        const edge = async (): Promise<Buffer> => {
          await box.scrollIntoViewIfNeeded();
          await page.evaluate(
            'new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled)))',
          );
          const { x, y, width, height } = (await box.boundingBox()) ?? assert.fail();
          // Below the last row of the picture: nothing is drawn there but the box itself.
          const clip = { x: x + width - 3, y: y + height - 4, width: 2, height: 2 };
          return page.screenshot({ clip });
        };
        const shown = await edge();
        await page.evaluate("document.querySelector('#wide').scrollLeft = 1e6");
        assert(!(await edge()).equals(shown));
      });

      it('has every figure as text, too', async () => {
        if (hours === 0) return;
        const pictures = await page.locator('svg[role=img][aria-label]').count();
        assert(pictures >= 3);
        assert((await page.locator('table').count()) >= 3);
        await page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))");
        const rows = await page.locator('tbody tr').count();
        assert(rows >= Math.min(hours, 300), `${rows} rows`);
      });
    });
  }
});
