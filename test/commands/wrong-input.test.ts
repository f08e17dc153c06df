import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pMap from 'p-map';
import { createProgram } from '../../src/commands/program.js';
import { allCommands } from '../docs/reference/commands.js';
import { fernlakeHere } from './fernlake.js';

const KEY = Buffer.alloc(32, 5).toString('base64url');
/** Commands at a time: some wait for a Temporal server that never answers. */
const AT_ONCE = 6;
/** A folder's address must be absolute. */
const BAD_LAKE = { FERNLAKE_LAKE: 'lake' };
const LAKE = /FERNLAKE_LAKE must be file:\/\/\/absolute\/directory or s3:\/\/bucket/;
const NO_SERVER =
  /no Temporal server answers at 127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\): nobody listens there\. To mend it: start one/;
const HOUR = (option: string): RegExp => new RegExp(`${option} x: must be an hour, .*such as 2023-04-20T13`);
const TOO_MANY = /too many arguments for '\w+'\. Expected 0 arguments but got 1/;
const TOO_MANY_BUT_ONE = /too many arguments for '\w+'\. Expected 1 argument but got 2/;
const RANGE = '--from 2023-04-20T13:00:00Z --to 2023-04-20T14:00:00Z';

interface Row {
  /** What it cannot do without, so that only what is wrong is. */
  readonly needs?: string;
  /** A value that is malformed, or an argument that is none, and what is said of it; an unknown option is tried with every command. */
  readonly wrong?: readonly [args: string, message: RegExp];
  /** `none`: it does not look into the lake, so a malformed FERNLAKE_LAKE is not tried. */
  readonly lake?: 'none';
  /** Whether a Temporal server must answer. */
  readonly temporal?: true;
  /** What is said without any setting, where that is not enough. */
  readonly unset?: RegExp;
}

const ALL_UNSET =
  /3 settings are wrong:[^]*FERNLAKE_SOURCE_URL is not set[^]*FERNET_KEYS is not set[^]*FERNLAKE_LAKE is not set/;

/** Every command that does something, in the order of the help. */
const ROWS: Readonly<Record<string, Row>> = {
  init: {
    needs: '--url http://127.0.0.1:1/',
    wrong: ['--url x', /source\.url is no http:\/\/ or https:\/\/ address/],
    lake: 'none',
  },
  up: { wrong: ['--port 99999', /--port <port>' argument '99999'.*integer from 1 to 65535/] },
  worker: { wrong: ['extra', TOO_MANY], unset: ALL_UNSET },
  'schedule apply': { temporal: true },
  'schedule show': { lake: 'none', temporal: true },
  'schedule pause': { wrong: ['--note', /'--note <text>' argument missing/], lake: 'none', temporal: true },
  'schedule resume': { lake: 'none', temporal: true },
  'schedule trigger': { lake: 'none', temporal: true },
  'schedule backfill': {
    needs: RANGE,
    wrong: ['--from never', /--from <time>' argument 'never'.*a time such as 2023-04-20T13/],
    lake: 'none',
    temporal: true,
  },
  'schedule delete': { lake: 'none', temporal: true },
  status: { wrong: ['--watch soon', /--watch.*'soon' is invalid.*such as 500ms, 30s, 5m/], temporal: true },
  report: { wrong: ['--out /nowhere/x.html', /--out \/nowhere\/x\.html cannot be written.*name a file in/] },
  verify: {},
  watch: { needs: '--once', wrong: ['--every soon', /--every.*'soon' is invalid.*such as 500ms, 30s, 5m/] },
  find: { needs: '17', wrong: ['18', TOO_MANY_BUT_ONE] },
  hours: { wrong: ['--from x', HOUR('--from')] },
  hour: { needs: '2023-04-20T13', wrong: ['x', TOO_MANY_BUT_ONE] },
  logs: { wrong: ['-n 0', /--lines <count>' argument '0'.*whole number from 1/], lake: 'none' },
  decode: { needs: 'README', wrong: ['--format xml', /--format xml: must be json or python/] },
  'quarantine list': {
    wrong: ['--reason typo', /--reason <reason>' argument 'typo'.*choices are .*undecryptable/],
  },
  'quarantine redrive': { temporal: true },
  reprocess: { wrong: ['--from x', HOUR('--from')], temporal: true },
  ddl: { needs: 'duckdb', wrong: ['--formats xml', /--formats xml: must be ndjson or ndjson,parquet/] },
  query: { needs: 'sql', wrong: ['--format xml', /--format <form>' argument 'xml'.*choices are table, csv/] },
  schema: { wrong: ['--from x', HOUR('--from')] },
  sizes: { wrong: ['--hour x', HOUR('--hour')] },
  copy: { needs: '/nowhere/a b', wrong: ['', /FROM: there is no folder \/nowhere\/a/] },
  doctor: { unset: ALL_UNSET },
  source: { wrong: ['--port x', /--port <port>' argument 'x'.*integer from 0 to 65535/], lake: 'none' },
  completion: { wrong: ['tcsh', /'tcsh' is invalid.*choices are bash, zsh, fish/], lake: 'none' },
};

interface Case {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
  readonly message: RegExp;
}

/** Each case is typed in this process; nothing is started. */
describe('every command with wrong input', function () {
  this.timeout(120_000);
  let dir: string;
  before(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-wrong-'));
    mkdirSync(path.join(dir, 'lake'));
    writeFileSync(
      path.join(dir, 'lake', 'lake.json'),
      '{"id":"00000000-0000-4000-8000-000000000000","form":1}',
    );
  });
  after(() => rmSync(dir, { recursive: true }));

  const good = (): Record<string, string> => ({
    FERNLAKE_SOURCE_URL: 'http://127.0.0.1:1/log',
    FERNET_KEYS: KEY,
    FERNLAKE_LAKE: `file://${dir}/lake`,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });

  /** What is wrong with the answer, in words; nothing when it is as it should be. */
  async function faultsOf({ text, env, message }: Case): Promise<string[]> {
    const { code, stdout, stderr } = await fernlakeHere(text.split(' '), { cwd: dir, env });
    const said = stdout + stderr;
    const faults = [
      ...(code === 2 ? [] : [`exit code ${code}`]),
      ...(message.test(said) ? [] : [`not said: ${message}`]),
      ...(/\n\s+at |node:internal|\[object|undefined/.test(said) ? ['a stack, or a hole in the text'] : []),
      ...(said.includes(KEY) ? ['the key'] : []),
    ];
    return faults.length === 0 ? [] : [`fernlake ${text}: ${faults.join('; ')}\n${said}`];
  }

  it('has a row in the table', async () => {
    // `temporal` hands all that it is given to Temporal's own command line.
    const leaves = allCommands(await createProgram()).filter(
      ({ command, path: name }) => command.commands.length === 0 && name !== 'temporal',
    );
    assert.deepEqual(Object.keys(ROWS).sort(), leaves.map(({ path: name }) => name).sort());
  });

  it('ends with 2, and says which option, argument or setting is wrong and what it must be', async () => {
    const cases = Object.entries(ROWS).flatMap(([name, row]) => casesOf(name, row, good()));
    const faults = await pMap(cases, faultsOf, { concurrency: AT_ONCE });
    assert.deepEqual(faults.flat(), [], faults.flat().join('\n'));
  });
});

function casesOf(name: string, { needs, wrong, lake, temporal, unset }: Row, good: Case['env']): Case[] {
  const line = (...more: (string | undefined)[]): string => [name, ...more].filter(Boolean).join(' ');
  return [
    ...(temporal ? [{ text: line(needs), env: good, message: NO_SERVER }] : []),
    { text: line(needs, '--nope'), env: good, message: /unknown option '--nope'[^]*--help shows how/ },
    ...(wrong ? [{ text: line(needs, wrong[0]), env: good, message: wrong[1] }] : []),
    ...(lake === 'none' ? [] : [{ text: line(needs), env: { ...good, ...BAD_LAKE }, message: LAKE }]),
    ...(unset ? [{ text: line(needs), env: {}, message: unset }] : []),
  ];
}
