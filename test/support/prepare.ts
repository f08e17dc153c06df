/** Runs before mocha in `npm test`: gets what takes minutes while its progress can be seen and no test's time runs. */
import { installPostgresql } from './postgresql.js';
import { temporalBuild } from './temporal-build.js';
import { promtool } from '../process/metrics/promtool.js';
import { findChromium } from './npm-chromium.js';
import { temporalCli } from './temporal-cli.js';
import { versitygw } from './versitygw.js';

console.log(`Temporal CLI: ${await temporalCli()}`);
console.log(
  `S3 server: ${(await versitygw()) ?? 'none, as there is no Go to build it: its tests will be skipped'}`,
);
const cluster = {
  'Temporal server': (await temporalBuild())?.server ?? 'none, as it cannot be built with Go',
  PostgreSQL: (await installPostgresql()) ?? 'none',
};
for (const [name, what] of Object.entries(cluster))
  console.log(`${name}: ${what}${what.startsWith('none') ? ': the tests on a cluster will be skipped' : ''}`);
console.log(
  `Chromium: ${(await findChromium())?.executablePath ?? 'none: the report is not opened in a browser'}`,
);
console.log(`promtool: ${(await promtool()) ?? 'none: the alert rules will not be tried'}`);
