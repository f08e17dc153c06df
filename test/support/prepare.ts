/** Runs before mocha in `npm test`: gets what takes minutes while its progress can be seen and no test's time runs. */
import { temporalCli } from './temporal-cli.js';
import { versitygw } from './versitygw.js';

console.log(`Temporal CLI: ${await temporalCli()}`);
console.log(
  `S3 server: ${(await versitygw()) ?? 'none, as there is no Go to build it: its tests will be skipped'}`,
);
