import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { repoFile } from '../deploy/files.js';
import { writeLedgers } from '../inspect/report/ledgers.js';
import { type TempLake, tempLake } from '../support/lake.js';
import { fernlakeProcess, type Outcome } from './fernlake.js';

const script = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

/** Node finds these packages as little as where they are not installed. */
function without(packages: readonly string[]): string {
  const hook = `const gone = ${JSON.stringify(packages)};
    export async function resolve(name, context, next) {
      if (!gone.includes(name)) return next(name, context);
      throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
  return `--import=${script(`import { register } from 'node:module'; register(${JSON.stringify(script(hook))});`)}`;
}

/** Each command as a process. */
describe('an installation without its optional packages', function () {
  this.timeout(60_000);
  const { optionalDependencies } = JSON.parse(readFileSync(repoFile('package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  let lake: TempLake;
  const type = (...args: string[]): Promise<Outcome> =>
    fernlakeProcess(args, {
      cwd: lake.dir,
      env: { FERNLAKE_LAKE: lake.uri, NODE_OPTIONS: without(Object.keys(optionalDependencies)) },
    });

  before(async () => {
    lake = await tempLake();
    writeLedgers(lake, '2023-04-20T13', 1);
  });
  after(() => lake?.remove());

  it('says what to install where a command needs one', async () => {
    for (const [args, name] of [
      [['report'], '@observablehq/plot linkedom'],
      [['query', 'SELECT 1'], '@duckdb/node-api'],
    ] as const) {
      const { code, stderr } = await type(...args);
      assert.match(stderr, new RegExp(`cannot be loaded .*: install it with npm install ${name}`));
      assert.equal(code, 2);
    }
  });

  it('does the rest', async () => {
    for (const args of [
      ['report', '--json'],
      ['ddl', 'athena', '--location', 's3://a/b'],
      ['worker', '--help'],
    ])
      assert.equal((await type(...args)).code, 0, args.join(' '));
  });
});
