import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type Choice, readConfigs } from '../config/config.js';
import { FernlakeError, messageOf } from '../errors.js';
import { openLakes } from './lake.js';
import { json, out } from './output.js';
import { bytes, count } from '../figures.js';

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('a page to look at: completeness, records, lag, missing ids, quarantine, sizes')
    .option('-o, --out <file>', 'where to write it; - for stdout', 'fernlake-report.html')
    .option('--json', 'print the figures behind it as JSON, and write no page')
    .addHelpText(
      'after',
      '\nOne HTML file that needs neither network nor server. It reads every ledger: a lake of three years takes some seconds.\n',
    )
    .action(async (options: Choice & { out: string; json?: true }) => {
      const { out: file, json: asJson } = options;
      const opened = await openLakes(readConfigs({ sample: true, choice: options }));
      const { gatherReport } = await import('../inspect/report/gather.js');
      const all = await Promise.all(
        opened.map(({ storage, config }) => gatherReport(storage, config.dataset, Date.now())),
      );
      if (asJson) {
        json(all.length === 1 ? all[0] : all);
        return;
      }
      const page = (await loadPage()).reportPage(all);
      if (file === '-') {
        process.stdout.write(page);
        return;
      }
      await writeFile(file, page).catch((error: NodeJS.ErrnoException) => {
        throw new FernlakeError(
          'Configuration',
          'terminal',
          `--out ${file} cannot be written (${error.code ?? 'unknown'}): name a file in a folder that is there`,
        );
      });
      out(
        `${path.resolve(file)}: ${count(all.reduce((sum, { hours }) => sum + hours.length, 0))} hours${all.length === 1 ? '' : ` of ${count(all.length)} datasets`}, ${bytes(Buffer.byteLength(page))}. Open it in a browser.`,
      );
    });
}

/** Loaded only now, since the libraries that draw take a good part of a second; a worker is installed without them. */
async function loadPage(): Promise<typeof import('../inspect/report/page.js')> {
  try {
    return await import('../inspect/report/page.js');
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0];
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `what draws the page cannot be loaded (${why}): install it with npm install @observablehq/plot linkedom; --json needs neither`,
      { cause: error },
    );
  }
}
