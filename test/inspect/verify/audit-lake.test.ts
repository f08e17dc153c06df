import assert from 'node:assert/strict';
import { DEMO_KEY } from '../../../examples/source-server/index.js';
import { ledgerKey, quarantineKey, rawKey, rawName, rawNameOf, tableKey } from '../../../src/lake/keys.js';
import type { AuditReport } from '../../../src/inspect/verify/findings.js';
import { WAITS_MAX_MS } from '../../../src/inspect/verify/nobody-carried.js';
import { DATASET, HOUR_12, HOUR_13, HOUR_14, MINUTE } from '../../activities/bench.js';
import { fernlake, type Outcome } from '../../commands/fernlake.js';
import { Copy, type Sample, sampleLake } from './damaged-lake.js';

type Damage = readonly [name: string, damage: (copy: Copy) => Promise<unknown>, named: RegExp];

const object13 = tableKey(DATASET, HOUR_13);
const ledger13 = ledgerKey(DATASET, HOUR_13);

const NOBODY = 'nobody has carried it, and nobody is about to: npx fernlake reprocess does';

describe('fernlake verify', function () {
  this.timeout(60_000);
  let sample: Sample;
  let copy: Copy;
  before(async () => (sample = await sampleLake()));
  after(() => sample.bench.close());
  beforeEach(async () => (copy = await Copy.of(sample.bench)));
  afterEach(() => copy.remove());

  const verifyWith = (env: Record<string, string>, ...args: string[]): Promise<Outcome> =>
    fernlake(['verify', ...args], { cwd: copy.dir, env: { FERNLAKE_LAKE: copy.uri, ...env } });
  const verify = (...args: string[]): Promise<Outcome> => verifyWith({}, ...args);

  it('finds nothing in a lake that the activities made, and accounts for every record', async () => {
    const { code, stdout, stderr } = await verify('--json');
    assert.deepEqual([code, stderr], [0, '']);
    const report = JSON.parse(stdout) as AuditReport;
    assert.deepEqual(report.findings, []);
    const { raws, records, landed, duplicates, quarantined, open, uncarried, missing, hours } = report;
    assert.deepEqual(
      { raws, records, landed, duplicates, quarantined, open, uncarried, missing, hours },
      // Landed: 1 to 6, 10 to 14, 16. Quarantined: 7, 15, another 5, null. Missing: 8 and 9.
      {
        raws: 6,
        records: 24,
        landed: 12,
        duplicates: 3,
        quarantined: 4,
        open: 3,
        uncarried: 2,
        missing: 2,
        hours: 2,
      },
    );
  });

  it('says so to people, too', async () => {
    const { code, stdout, stderr } = await verify();
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /6 archived answers show 24 records/);
    assert.match(stdout, /Every ledger and object agrees with the archive\./);
  });

  it('takes an empty lake for no proof, and one that is not there, or of another dataset, for a mistake', async () => {
    const other = await verifyWith({ FERNLAKE_DATASET: 'logz' });
    assert.equal(other.code, 2);
    assert.match(
      other.stderr,
      /holds nothing of the dataset logz, but logs: look at --dataset, or FERNLAKE_DATASET/,
    );
    await copy.storage.delete(await copy.keys(''));
    const gone = await verify();
    assert.equal(gone.code, 2);
    assert.match(gone.stderr, /there is no lake at file:.*nothing of fernlake lies there/);
    await copy.storage.put(
      'lake.json',
      Buffer.from('{"id":"00000000-0000-4000-8000-000000000000","form":1}'),
    );
    const empty = await verify();
    assert.equal(empty.code, 2);
    assert.match(empty.stdout, /There is nothing of logs here yet, which proves nothing/);
  });

  describe('without the keys that opened the records', () => {
    const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
    const url = 'https://api.example.com/logs';
    const KEYLESS: readonly (readonly [string, Record<string, string>])[] = [
      ['no key', { FERNLAKE_SOURCE_URL: url }],
      ['another key', { FERNET_KEYS: OTHER_KEY }],
    ];

    for (const [what, env] of KEYLESS) {
      it(`accuses nobody, says in one sentence what it could not, and exits 2: ${what}`, async () => {
        const { code, stdout, stderr } = await verifyWith(env);
        assert.equal(code, 2, stdout + stderr);
        assert.match(
          stderr,
          /^ *FERNET_KEYS lacks the key [0-9a-f]{8}, which opened records of this lake: 22 records cannot be opened, and 2 hours could not be computed again; only objects, hashes, counts and ids were checked there\.\n$/,
        );
        assert.match(stdout, /What could be checked without them agrees/);
        const report = JSON.parse((await verifyWith(env, '--json')).stdout) as AuditReport;
        assert.deepEqual([report.findings, report.shut.hours], [[], [HOUR_12, HOUR_13]]);
        assert.deepEqual([report.raws, report.records, report.missing, report.landed], [6, 24, 2, 12]);
      });

      it(`still finds what needs no key: ${what}`, async () => {
        await copy.rewrite(object13, (lines) => lines.slice(1));
        await copy.rewriteLedger(HOUR_13, (ledger) => void (ledger['seen'] = 1));
        await copy.rewriteLedger(HOUR_12, (ledger) => {
          ledger['ids'] = { ...(ledger['ids'] as object), missing: [[10, 10]], missingCount: 1 };
        });
        const { code, stderr } = await verifyWith(env);
        assert.equal(code, 1);
        for (const found of [
          /SHA-256 differs/,
          /rows, the ledger says/,
          /seen is 1, but/,
          /1 of them are in the archive/,
        ])
          assert.match(stderr, found);
      });
    }

    it('judges the hours whose keys are there', async () => {
      const { code, stdout, stderr } = await verifyWith({ FERNET_KEYS: `${OTHER_KEY},${DEMO_KEY}` });
      assert.deepEqual([code, stderr], [0, ''], stdout);
    });
  });

  it('takes a segment that the seal left behind for what it is: known already', async () => {
    const [segment] = await copy.keys('segments/');
    const raw = (await copy.keys('raw/')).find((key) => key.includes('hour=13'));
    await copy.rewrite(segment ?? '', ([head = '']) => {
      const { keys } = JSON.parse(head) as { keys: string[] };
      return [JSON.stringify({ hour: HOUR_13, raws: [rawNameOf(raw ?? '')], keys })];
    });
    const key = (segment ?? '').replace(HOUR_14, HOUR_13);
    await copy.storage.put(key, (await copy.storage.get(segment ?? '')).body);
    await copy.storage.delete([segment ?? '']);
    const { code, stdout } = await verify('--json');
    const report = JSON.parse(stdout) as AuditReport;
    assert.deepEqual([report.open, report.uncarried], [0, 5]);
    // The answer whose segment it was stands nowhere now.
    assert.deepEqual([code, report.findings.map(({ what }) => what)], [1, [NOBODY]]);
  });

  it('names an answer that nobody carried in front of one that somebody did', async () => {
    await copy.storage.delete(await copy.keys('segments/'));
    const { code, stderr } = await verify();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`20230420T141100\\.000Z-[0-9a-f]{12}\\.json\\.gz: ${NOBODY}`));
    assert.doesNotMatch(stderr, /nobody has carried[^]*nobody has carried/);
  });

  it('names one that has waited for over an hour, in front of none', async () => {
    const [last] = (await copy.keys('raw/')).slice(-1);
    const { body } = await copy.storage.get(last ?? '');
    const hash = rawNameOf(last ?? '').slice(-12);
    const old = rawName(Date.now() - WAITS_MAX_MS - MINUTE, hash);
    await copy.storage.put(rawKey(DATASET, old), body);
    const { code, stderr } = await verify();
    assert.deepEqual([code, stderr.includes(`${old}.json.gz: ${NOBODY}`)], [1, true], stderr);
  });

  it('names the answer of a sealed hour whose ledger is of an older copy', async () => {
    await copy.rewriteLedger(HOUR_13, (ledger) => {
      ledger['raw'] = (ledger['raw'] as string[]).slice(0, -1);
    });
    const { stderr } = await verify();
    assert.match(stderr, new RegExp(`20230420T141000\\.000Z-[0-9a-f]{12}\\.json\\.gz: ${NOBODY}`));
  });

  const rawOf = async (part: string): Promise<string> =>
    (await copy.keys('raw/')).find((key) => key.includes(part)) ?? '';
  const changeLedger = (change: (ledger: Record<string, unknown>) => void) => (c: Copy) =>
    c.rewriteLedger(HOUR_13, change);
  const set = (values: object) => changeLedger((ledger) => void Object.assign(ledger, values));
  const quarantineOf = async (part: string): Promise<string> =>
    quarantineKey(DATASET, rawNameOf(await rawOf(part)));

  const damages: readonly Damage[] = [
    // The object
    [
      'a row removed',
      (c) => c.rewrite(object13, (rows) => rows.slice(1)),
      /2023-04-20T13: .*differs from the archive, first in line 1/,
    ],
    [
      'the last row removed',
      (c) => c.rewrite(object13, (rows) => rows.slice(0, -1)),
      /has 8 rows, the ledger says 9/,
    ],
    [
      'a row changed',
      (c) => c.rewrite(object13, ([row = '', ...rows]) => [row.replace('INFO', 'WARN'), ...rows]),
      /SHA-256 differs/,
    ],
    ['a row doubled', (c) => c.rewrite(object13, (rows) => [...rows, rows.at(-1) ?? '']), /first in line 10/],
    [
      'two rows in the wrong order',
      (c) => c.rewrite(object13, ([a = '', b = '', ...rows]) => [b, a, ...rows]),
      /first in line 1/,
    ],
    [
      'a truncated object',
      async (c) => c.storage.put(object13, (await c.storage.get(object13)).body.subarray(0, 100)),
      /cannot be unpacked/,
    ],
    [
      'the object of a former revision',
      (c) => c.storage.put(object13, sample.formerObject),
      /is not the object that the ledger names/,
    ],
    ['a lost object', (c) => c.storage.delete([object13]), /logs\.json\.gz is gone/],
    [
      'a stray file in the table',
      (c) => c.storage.put(object13.replace('logs.json.gz', 'part-0.gz'), Buffer.from('x')),
      /part-0\.gz: does not belong into the table/,
    ],
    [
      'an object of an hour that is not sealed',
      (c) => c.storage.put(tableKey(DATASET, '2023-04-20T20' as typeof HOUR_13), sample.formerObject),
      /hour=20.*has no ledger/,
    ],
    // The ledger
    ['a lost ledger', (c) => c.storage.delete([ledger13]), /hour=13.*has no ledger/],
    [
      'a torn ledger',
      async (c) => c.storage.put(ledger13, (await c.storage.get(ledger13)).body.subarray(0, 200)),
      /hour=13\.json: cannot be read as a ledger/,
    ],
    [
      'the ledger of another hour',
      async (c) => c.storage.put(ledger13, (await c.storage.get(ledgerKey(DATASET, HOUR_12))).body),
      /is the ledger of another hour: logs 2023-04-20T12/,
    ],
    [
      'a ledger without its fields',
      (c) => c.storage.put(ledger13, Buffer.from(`{"hour":"${HOUR_13}","raw":[]}`)),
      /hour=13\.json: cannot be read as a ledger/,
    ],
    ['seen off by one', set({ seen: 99 }), /seen: the ledger says 99, the archive 14/],
    ['landed off by one', set({ landed: 10 }), /landed: the ledger says 10, the archive 9/],
    ['duplicates off by one', set({ duplicates: 4 }), /duplicates: the ledger says 4, the archive 3/],
    [
      'a reason of quarantine forgotten',
      set({ quarantined: { 'wrong-type': 1 } }),
      /quarantined: the ledger says/,
    ],
    ['another count of keys', set({ keys: { '00000000': 9 } }), /keys: the ledger says/],
    [
      'missing ids forgotten',
      changeLedger((l) => void Object.assign(l.ids ?? {}, { missing: [], missingCount: 0 })),
      /ids\.missing: the ledger says \[\], the archive \[\[8,9\]\]/,
    ],
    [
      'a wrong count of missing ids',
      changeLedger((l) => void Object.assign(l.ids ?? {}, { missingCount: 1 })),
      /missingCount is not the count/,
    ],
    [
      'a wrong first id',
      changeLedger((l) => void Object.assign(l.ids ?? {}, { first: 1 })),
      /ids\.first: the ledger says 1/,
    ],
    ['more late records than landed', set({ late: 10 }), /late is 10 of 9 landed/],
    [
      'an answer dropped from its list',
      changeLedger((l) => void (l['raw'] as string[]).pop()),
      /seen: the ledger says 14, the archive 13/,
    ],
    [
      'an answer in its list that shows nothing of the hour',
      async (c) => {
        const raw = await rawOf('T141100');
        await c.rewriteLedger(HOUR_13, (l) => void (l['raw'] as string[]).push(raw));
      },
      /T141100.* is named by the ledger and shows no record of this hour/,
    ],
    [
      'something in its list that is no answer',
      changeLedger((l) => void (l['raw'] as string[]).push('raw/logs/notes')),
      /the ledger names raw\/logs\/notes, which is no key of an answer/,
    ],
    // The archive
    [
      'an archived answer removed',
      async (c) => c.storage.delete([await rawOf('T130200')]),
      /is named by the ledger and is not in the archive/,
    ],
    [
      'an archived answer damaged',
      async (c) => c.storage.put(await rawOf('T130400'), Buffer.from('x')),
      /T130400.*is damaged/,
    ],
    [
      'an archived answer swapped for another',
      async (c) => c.storage.put(await rawOf('T130400'), (await c.storage.get(await rawOf('T130200'))).body),
      /T130400.*is damaged/,
    ],
    [
      'a stray file in the archive',
      (c) => c.storage.put('raw/logs/notes.txt', Buffer.from('x')),
      /notes\.txt: does not belong into the archive/,
    ],
    [
      'a copy of an answer beside it',
      async (c) => {
        const key = await rawOf('T130200');
        await c.storage.put(key.replace('.json', ' (1).json'), (await c.storage.get(key)).body);
      },
      / \(1\)\.json\.gz: does not belong into the archive/,
    ],
    // lake.json
    [
      'a lake without its name',
      (c) => c.storage.delete(['lake.json']),
      /lake\.json: is gone: put the former one back/,
    ],
    [
      'a lake whose name cannot be read',
      (c) => c.storage.put('lake.json', Buffer.from('{')),
      /lake\.json cannot be read: put the former one back/,
    ],
    // Quarantine and segments
    [
      'a stray file in quarantine',
      (c) => c.storage.put('quarantine/logs/notes.txt', Buffer.from('x')),
      /notes\.txt: does not belong into quarantine/,
    ],
    [
      'a copy of a quarantine object beside it',
      async (c) => {
        const key = await quarantineOf('T130200');
        await c.storage.put(key.replace('.json', ' (1).json'), (await c.storage.get(key)).body);
      },
      / \(1\)\.json\.gz: does not belong into quarantine/,
    ],
    [
      'a quarantine object of an answer that is not there',
      async (c) => {
        const key = await quarantineOf('T130200');
        await c.storage.put(key.replace('T1302', 'T1301'), (await c.storage.get(key)).body);
      },
      /T1301.*: is of an answer that is not in the archive/,
    ],
    [
      'the quarantine of another answer, for one of which nothing is refused',
      async (c) => {
        const { body } = await c.storage.get(await quarantineOf('T130200'));
        await c.storage.put((await rawOf('T141100')).replace('raw/', 'quarantine/'), body);
      },
      /T1411.*: is damaged: it is the quarantine of another answer/,
    ],
    [
      'an entry of quarantine removed',
      async (c) => c.rewrite(await quarantineOf('T130200'), () => []),
      /position 6: should hold "wrong-type", holds nothing/,
    ],
    [
      'an entry of quarantine with another reason',
      async (c) =>
        c.rewrite(await quarantineOf('T130400'), (lines) =>
          lines.map((line) => line.replace('undecryptable', 'bad-time')),
        ),
      /should hold "undecryptable", holds "bad-time"/,
    ],
    [
      'a quarantine object removed',
      async (c) => c.storage.delete([await quarantineOf('T130400')]),
      /position 8: should hold "undecryptable", holds nothing/,
    ],
    [
      'a conflict removed from quarantine',
      async (c) =>
        c.rewrite(await quarantineOf('T130500'), (lines) =>
          lines.filter((line) => !line.includes('conflicting')),
        ),
      /lacks the conflicting duplicate at position 0/,
    ],
    [
      'a quarantine object damaged',
      async (c) => c.storage.put(await quarantineOf('T130500'), Buffer.from('x')),
      /quarantine\/.*: is damaged: it cannot be unpacked/,
    ],
    [
      'a segment damaged',
      async (c) => c.storage.put((await c.keys('segments/'))[0] ?? '', Buffer.from('x')),
      /segments\/logs\/2023-04-20T14\/.*: is damaged: it cannot be unpacked/,
    ],
  ];

  for (const [name, damage, named] of damages) {
    it(`finds and names ${name}`, async () => {
      await damage(copy);
      const { code, stderr } = await verify();
      assert.match(stderr, named);
      assert.equal(code, 1);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  it('lists every difference for scripts, and the first fifty for people', async () => {
    for (let i = 0; i < 60; i += 1) await copy.storage.put(`logs/stray-${i}`, Buffer.from('x'));
    const report = JSON.parse((await verify('--json')).stdout) as AuditReport;
    assert.equal(report.findings.length, 60);
    assert.deepEqual(report.findings[0], { where: 'logs/stray-0', what: 'does not belong into the table' });
    const { stderr } = await verify();
    assert.match(stderr, /60 differences[^]*and 10 more \(--json shows all\)/);
  });
});
