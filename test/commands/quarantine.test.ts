/* eslint-disable no-control-regex -- control characters are what one of these tests looks for */
import assert from 'node:assert/strict';
import type { QuarantineSummary } from '../../src/inspect/verify/quarantine-summary.js';
import { createMint } from '../../examples/source-server/index.js';
import { gzip } from '../../src/bytes/gzip.js';
import { quarantineKey, rawName } from '../../src/lake/keys.js';
import { Bench, envelope, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { fernlakeHere } from './fernlake.js';

const CSI = '\u009b';
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url') + '=';
const BAD = [
  envelope(7, T13, { activity: 5 }),
  envelope(8, T13 + 1_000, { extra: 1, Extra: 2 }),
  envelope(9, T13 + 2_000, {}, createMint(OTHER_KEY)),
  null,
];
const HOUR_MS = 60 * MINUTE;
/** Of a quarantine object that somebody else has made. */
const hostile = rawName(T13 + 90 * MINUTE, '0'.repeat(64));

/** 7, 8, 9 and what has no id appear in three answers of two hours; 1 lands, and comes again with other content. */
describe('fernlake quarantine list', function () {
  this.timeout(60_000);
  let bench: Bench;
  let first: string;
  let changed: string;
  before(async () => {
    bench = await Bench.open();
    first = await bench.archiveAndCarry(T13 + 10 * MINUTE, [envelope(1, T13), ...BAD], 'a');
    await bench.archiveAndCarry(T13 + 20 * MINUTE, BAD, 'b');
    const other = envelope(1, T13, { activity: 'other' });
    changed = await bench.archiveAndCarry(T13 + HOUR_MS, [...BAD, other], 'c');
    await bench.sealAll([HOUR_13]);
  });
  after(() => bench?.close());

  async function list(args: readonly string[] = [], columns?: number, of = bench): Promise<string> {
    const { code, stdout, stderr } = await fernlakeHere(['quarantine', 'list', ...args], {
      cwd: of.dir,
      env: { FERNLAKE_LAKE: of.storage.uri },
      ...(columns === undefined ? {} : { columns }),
    });
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  }
  const asJson = async (...args: string[]): Promise<QuarantineSummary> =>
    JSON.parse(await list([...args, '--json'])) as QuarantineSummary;
  /** Cells of the lines before the one that sums up. */
  const cells = (text: string): string[][] =>
    text
      .slice(0, text.search(/^\d+ records? in all/m))
      .split('\n')
      .slice(0, -1)
      .map((line) => line.trim().split(/ {2,}/));

  it('is one line a reason and hour of arrival, under a header, with records and appearances', async () => {
    const text = await list();
    assert.deepEqual(cells(text), [
      ['reason', 'arrived', 'records', 'appearances', 'lands with'],
      ['ambiguous-field', '2023-04-20T13', '1', '2', 'other rules'],
      ['ambiguous-field', '2023-04-20T14', '1', '1', 'other rules'],
      ['conflicting-duplicate', '2023-04-20T14', '1', '1', 'nothing'],
      ['malformed-envelope', '2023-04-20T13', '1', '2', 'other rules'],
      ['malformed-envelope', '2023-04-20T14', '1', '1', 'other rules'],
      ['undecryptable', '2023-04-20T13', '1', '2', 'its key'],
      ['undecryptable', '2023-04-20T14', '1', '1', 'its key'],
      ['wrong-type', '2023-04-20T13', '1', '2', 'other rules'],
      ['wrong-type', '2023-04-20T14', '1', '1', 'other rules'],
    ]);
    assert.match(text, /^5 records in all, which appeared 13 times in the archive\.$/m);
    assert.match(text, /^undecryptable: add the key .* npx fernlake quarantine redrive\.$/m);
    assert.match(text, /^ambiguous-field, malformed-envelope, wrong-type: a redrive helps only once/m);
    assert.match(text, /^conflicting-duplicate: nothing lands them: /m);
    assert.match(text, /^Each record, .*: npx fernlake quarantine list --records$/m);
  });

  it('is one line a record with --records: id, first arrival, how often, reason, place and fault', async () => {
    const text = await list(['--records']);
    const [header, ...records] = cells(text);
    assert.deepEqual(header, ['record', 'arrived', 'times', 'reason', 'answer and position', 'detail']);
    assert.deepEqual(
      records.map((record) => record.slice(0, 5)),
      [
        ['7', '2023-04-20T13', '3', 'wrong-type', `${first} 1`],
        ['8', '2023-04-20T13', '3', 'ambiguous-field', `${first} 2`],
        ['9', '2023-04-20T13', '3', 'undecryptable', `${first} 3`],
        ['no id', '2023-04-20T13', '3', 'malformed-envelope', `${first} 4`],
        ['1', '2023-04-20T14', '1', 'conflicting-duplicate', `${changed} 4`],
      ],
    );
    assert(records.every(([, , , , , detail]) => detail));
    assert.doesNotMatch(text, /--records/);
  });

  it('writes an id that is text with blanks or line breaks as JSON, so that a line stays one', async () => {
    const other = await Bench.open();
    try {
      await other.archiveAndCarry(T13, [{ recordId: 'x  y\nz' }, { recordId: 'plain' }]);
      const [, ...records] = (await list(['--records'], undefined, other)).split('\n');
      assert.match(records[0] ?? '', /^ *"x {2}y\\nz" /);
      assert.match(records[1] ?? '', /^ *plain /);
    } finally {
      await other.close();
    }
  });

  it('is of one reason alone where it is asked for, and then does not repeat it on each line', async () => {
    const text = await list(['--reason', 'undecryptable']);
    assert.deepEqual(
      cells(text).map((line) => line.slice(0, 4)),
      [
        ['record', 'arrived', 'times', 'answer and position'],
        ['9', '2023-04-20T13', '3', `${first} 3`],
      ],
    );
    assert.match(text, /^1 record in all, which appeared 3 times in the archive\.$/m);
    assert.equal(await list(['--reason', 'bad-time']), 'Nothing is in quarantine as bad-time.\n');
  });

  it('is the same as JSON, records only where they are asked for, and never what the source sent', async () => {
    const plain = await asJson();
    assert.deepEqual([plain.quarantinedRecords, plain.quarantined, plain.records], [5, 13, []]);
    assert.deepEqual(plain.reasons['undecryptable'], { records: 1, appearances: 3 });
    assert.deepEqual(plain.groups.map(({ reason, landsWith }) => `${reason} ${landsWith}`).slice(0, 4), [
      'ambiguous-field rules',
      'ambiguous-field rules',
      'conflicting-duplicate nothing',
      'malformed-envelope rules',
    ]);
    const { records, recordsLeftOut, ...counts } = await asJson('--records');
    assert.deepEqual({ ...counts, records: [], recordsLeftOut: 0 }, plain);
    assert.equal(recordsLeftOut, 0);
    assert.deepEqual(
      records.map(({ id, appearances, index }) => [id, appearances, index]),
      [
        [7, 3, 1],
        [8, 3, 2],
        [9, 3, 3],
        [null, 3, 4],
        [1, 1, 4],
      ],
    );
    const keys = ['appearances', 'arrival', 'detail', 'id', 'index', 'raw', 'reason'];
    for (const record of records) assert.deepEqual(Object.keys(record).sort(), keys);
    assert.doesNotMatch(JSON.stringify(records), /gAAAA/);
  });

  it('shows names from a record escaped on a terminal, broken between words, and as they are in a pipe', async () => {
    const entry = {
      reason: `odd${CSI}2J`,
      detail: `a ${CSI}31mword `.repeat(20),
      raw: hostile,
      index: 0,
      envelope: 1,
    };
    await bench.storage.put(
      quarantineKey('logs', hostile),
      await gzip(Buffer.from(`${JSON.stringify(entry)}\n`)),
    );
    const shown = await list(['--records'], 80);
    const plain = shown.replace(/\u001b\[\d+m/g, '');
    assert.doesNotMatch(plain, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.match(plain, /\\u009b2J/);
    for (const line of plain.split('\n'))
      assert([...line].length <= 80 || !/^\s{4}/.test(line) || !line.trim().includes(' '), line);
    assert((await list(['--records'])).includes(`${CSI}2J`));
  });
});
