import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { FoundFields } from '../../src/tables/query/schema.js';
import { spellExtraFields } from '../../src/dataset/extra-fields.js';
import { type CaseLake, writeCaseLake } from '../tables/engines/case-lake.js';
import { CASE_FIELDS, CASE_URLS, CASES } from '../tables/engines/cases.js';
import { logForm } from '../support/forms.js';
import { fernlake, type Outcome } from './fernlake.js';

describe('fernlake schema', function () {
  this.timeout(60_000);
  let lake: CaseLake;

  before(async () => {
    lake = await writeCaseLake(CASES, logForm({ urls: CASE_URLS }));
  });
  after(() => lake.remove());

  let columns: number | undefined;
  afterEach(() => (columns = undefined));
  const schema = (fields: string, ...args: string[]): Promise<Outcome> =>
    fernlake(['schema', ...args], {
      cwd: os.tmpdir(),
      ...(columns === undefined ? {} : { columns }),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href, FERNLAKE_FIELDS: fields },
    });

  it('reports each field that nobody declared once: its types, its rows, its first hour', async () => {
    const { code, stdout } = await schema('', '--json');
    assert.equal(code, 0);
    const shown = JSON.parse(stdout) as FoundFields & { suggested: string };
    assert.deepEqual([shown.rows, shown.hours], [CASES.length, lake.hours.length]);
    const facts = shown.fields.map(({ name, types, rows, firstHour }) => [name, types, rows, firstHour]);
    const noon = '2024-02-29T12';
    assert.deepEqual(facts, [
      ['Extra', { dict: 1 }, 1, noon],
      ['camelCase', { float: 1 }, 1, noon],
      ['count', { integer: 2, string: 1, float: 1, null: 1 }, 5, noon],
      ['detail.extra', { string: 1 }, 1, noon],
      ['detail.year', { integer: 1 }, 1, noon],
      ['flag', { boolean: 2, string: 1, integer: 1, null: 1 }, 5, noon],
      ['score', { integer: 1, float: 1, string: 2, null: 1 }, 5, noon],
      ['sessionId', { string: 3, integer: 1, null: 1 }, 5, noon],
      ['unknown_fields', { string: 1 }, 1, noon],
    ]);
  });

  it('says how to add those that can have a column, and why the others cannot', async () => {
    const { stdout } = await schema('score:number');
    assert.match(stdout, /^score +number +added in FERNLAKE_FIELDS$/m);
    assert.match(stdout, /^score .* added; 1 do not fit: see unknown_fields +/m);
    assert.match(stdout, /^Extra .* nested: see unknown_fields +/m);
    assert.match(stdout, /^detail\.extra .* a member: see unknown_fields +/m);
    assert.match(stdout, /^unknown_fields .* is the name of a column that tables have of their own/m);
    assert.match(
      stdout,
      /^ {2}FERNLAKE_FIELDS=score:number,camelCase:number,count:text,flag:text,sessionId:text$/m,
    );
  });

  it('takes back the setting that it suggests, and then has nothing to suggest', async () => {
    const { suggested } = JSON.parse((await schema('', '--json')).stdout) as { suggested: string };
    const { code, stdout } = await schema(suggested.replace('FERNLAKE_FIELDS=', ''), '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { suggested: string | null }).suggested, null);
  });

  it('breaks lines between words on a terminal of 80 columns, and the setting nowhere', async () => {
    const { suggested } = JSON.parse((await schema('', '--json')).stdout) as { suggested: string };
    columns = 80;
    const { stdout } = await schema('');
    const lines = stripVTControlCharacters(stdout).split('\n');
    const setting = lines.find((line) => line.trim().startsWith('FERNLAKE_FIELDS='));
    assert.equal(setting?.trim(), suggested);
    for (const line of lines) assert(line === setting || [...line].length <= 80, line);
    assert.match(stdout, /^field +rows +first hour\n +state +rows by type$/m);
  });

  it('suggests lines of fernlake.yaml where there is one, JSON included, and takes them', async () => {
    const cwd = mkdtempSync(path.join(os.tmpdir(), 'fernlake-schema-'));
    const file = path.join(cwd, 'fernlake.yaml');
    const write = (columns: string): void =>
      writeFileSync(
        file,
        `lake: ${pathToFileURL(lake.dir).href}\ndatasets:\n  logs:\n    preset: log-api\n    source: { url: "https://api.example.com" }\n` +
          `    record:\n      keys: "\${FERNET_KEYS}"\n      columns:\n        url: { type: text, compact: { dictionary: ${JSON.stringify(['/api/products/product/', ...CASE_URLS])} } }\n${columns}`,
      );
    write('');
    const { stdout, stderr } = await fernlake(['schema', '--config', file], { cwd });
    assert.equal(stderr, '');
    assert.match(stdout, /write below datasets\.logs\.record\.columns in .*fernlake\.yaml/);
    const lines = stdout.split('\n').filter((line) => /^ {2}\S+: \{ type: /.test(line));
    assert.deepEqual(lines.map((line) => line.trim()).sort(), [
      'Extra: { type: json, optional: true }',
      'camelCase: { type: number, optional: true }',
      'count: { type: text, optional: true }',
      'flag: { type: text, optional: true }',
      'score: { type: text, optional: true }',
      'sessionId: { type: text, optional: true }',
    ]);
    write(lines.map((line) => `      ${line}\n`).join(''));
    const after = await fernlake(['schema', '--config', file, '--json'], { cwd });
    assert.equal((JSON.parse(after.stdout) as { suggested: string | null }).suggested, null);
    rmSync(cwd, { recursive: true });
  });

  it('looks only at the hours asked for', async () => {
    const { stdout } = await schema(spellExtraFields(CASE_FIELDS), '--to', '2024-02-28');
    assert.match(stdout, /No field beyond it in \d+ rows of \d sealed hours/);
  });
});
