import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { type Choice, type Config, readConfig } from '../config/config.js';
import type { SourceRequest } from '../config/source.js';
import { checkCatalog } from '../inspect/doctor/catalog.js';
import { type Check, failed, ok, type State } from '../inspect/doctor/check.js';
import { checkClock } from '../inspect/doctor/clock.js';
import { checkFiles } from '../inspect/doctor/files.js';
import { checkLake } from '../inspect/doctor/lake.js';
import type { Sample } from '../inspect/doctor/sample.js';
import { checkSource } from '../inspect/doctor/source.js';
import { checkTemporal } from '../inspect/doctor/temporal.js';
import { isFernlakeError } from '../errors.js';
import type { LakeName } from '../lake/identity.js';
import { readLakeName } from '../lake/stored-identity.js';
import { answerFormOf } from '../dataset/envelope.js';
import { createHttpSource } from '../activities/fetch/http.js';
import type { Source } from '../activities/fetch/port.js';
import { connectClient } from '../process/connect.js';
import { openKeyRing, openLake, openLakeToWrite } from './lake.js';
import { exitWith } from './exit-code.js';
import { json, out, outAsIs, paint } from './output.js';

const MARKS: Readonly<Record<State, string>> = { ok: '✔', warning: '!', failed: '✘', skipped: '-' };
const COLOURS = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;
const NAME_WIDTH = 20;

interface DoctorOptions extends Choice {
  readonly json?: true;
  readonly showValues?: true;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at every part that is needed: settings, keys, source, lake, Temporal, clock')
    .option('--json', 'print the checks and the sample as JSON')
    .option('--show-values', 'show the values of the sample in place of their types and lengths')
    .addHelpText(
      'after',
      '\nThe source is asked once, and nothing of it is stored. A probe is written to staging/ and removed. The sample is what' +
        '\nbecomes of a record: its element in the answer, the record, its row, its hour.' +
        '\nExit code 0: all is well, warnings aside. 1: something failed. 2: the settings are wrong.\n',
    )
    .action((options: DoctorOptions) => doctor(options));
}

async function doctor({ json: asJson, showValues, ...choice }: DoctorOptions): Promise<void> {
  let config: Config;
  let settings: SourceRequest;
  let source: Source;
  try {
    config = readConfig({ source: true, sample: 'running', choice });
    settings = { url: config.sourceUrl ?? config.sampleUrl ?? '', ...config.source };
    source = createHttpSource(settings, answerFormOf(config.declaration));
  } catch (error) {
    if (!asJson || !isFernlakeError(error, 'Configuration')) throw error;
    json({ ok: false, checks: [failed('settings', error.message, 'set them right, and look again')] });
    exitWith(2);
    return;
  }
  const [{ checks: seen, sample }, clock, lake, catalog, temporal] = await Promise.all([
    checkSource(source, await openKeyRing(config), config, showValues === true),
    checkClock(settings),
    checkLake(() => openLakeToWrite(config), config.dataset, randomUUID()),
    checkCatalog(config),
    checkTemporal(() => connectClient(config.temporal), config, await lakeName(config)),
  ]);
  const checks = [
    ok('settings', 'can be read'),
    ...checkFiles(config),
    ...seen,
    clock,
    ...lake,
    ...catalog,
    ...temporal,
  ];
  const isWell = checks.every(({ state }) => state !== 'failed');
  if (asJson) json({ ok: isWell, checks, sample: sample ?? null });
  else {
    for (const check of checks) out(lineOf(check));
    if (sample) showSample(sample, showValues === true);
  }
  if (!isWell) exitWith(1);
}

/** undefined: nobody has written to it yet, or it cannot be read, which the checks of the lake tell. */
async function lakeName(config: Config): Promise<LakeName | undefined> {
  return await openLake(config)
    .then(readLakeName)
    .catch(() => undefined);
}

/** Not broken at the terminal's width: somebody may copy it. */
function showSample({ envelope, record, row, hour }: Sample, values: boolean): void {
  out(`\nWhat becomes of a record${values ? '' : ' (types and lengths; --show-values shows the values)'}:`);
  for (const [name, value] of Object.entries({ envelope, record, row }))
    outAsIs(`  ${paint('dim', name.padEnd(8))} ${JSON.stringify(value)}`);
  outAsIs(`  ${paint('dim', 'hour'.padEnd(8))} ${hour}`);
}

function lineOf({ name, state, says, mend }: Check): string {
  const line = `${paint(COLOURS[state], MARKS[state])} ${name.padEnd(NAME_WIDTH)} ${says}`;
  return mend === undefined ? line : `${line} → ${mend}`;
}
