import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Hour } from '../../../src/dataset/hour.js';
import { LIMITS } from '../../../src/limits.js';
import { ledgerKey, quarantineKey, rawKey, tableKey } from '../../../src/lake/keys.js';
import { decodeQuarantine } from '../../../src/lake/quarantine-entry.js';
import { gunzip, gzip } from '../../../src/bytes/gzip.js';
import { Bench, DATASET, envelope, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';

const HOUR = 60 * MINUTE;
const NOT_JSON = Buffer.from('{');

describe('an hour of which something cannot be read', () => {
  let bench: Bench;
  let expected: { rows: Record<string, string>; facts: unknown };

  const outcome = async (): Promise<typeof expected> => {
    const { seen, landed, duplicates, quarantined, ids, complete, raw, object, sizes } =
      await bench.ledger(HOUR_13);
    const bytes = object && [object.bytes, object.sha256, object.rows];
    return {
      rows: await bench.hashes(tableKey(DATASET, HOUR_13)),
      facts: { seen, landed, duplicates, quarantined, ids, complete, raw, bytes, sizes },
    };
  };
  const seal = async (rebuild = false, hour: Hour = HOUR_13) => {
    const scratch = bench.scratch();
    const merged = await bench.activities.merge({ ...scratch, hour, contiguousIds: true, rebuild });
    const placed = merged.rows.length > 0 ? await bench.placeAll(scratch.staging, merged.rows) : null;
    const settled = await bench.activities.settle({
      ...{ ...scratch, hour, draft: merged.draft, object: placed?.object ?? null },
      sealedAt: '2023-04-20T15:00:00.000Z',
    });
    return { merged, settled };
  };

  /** Of 13 o'clock: a window, one that overlaps it, one of the hour behind that still shows some, and a record that is refused. */
  beforeEach(async () => {
    bench = await Bench.open();
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(1, 6, T13 - 3_000), 'a');
    await bench.archiveAndCarry(
      T13 + 4 * MINUTE,
      [...envelopes(4, 9, T13), { recordId: 15, data: 'x' }],
      'b',
    );
    await bench.archiveAndCarry(
      T13 + HOUR + MINUTE,
      [...envelopes(8, 9, T13 + 4_000), envelope(16, T13 + HOUR)],
      'c',
    );
    await bench.sealAll([HOUR_12, HOUR_13, HOUR_14]);
    expected = await outcome();
  });
  afterEach(() => bench.close());

  const flip = (bytes: Buffer): Buffer => {
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1]! ^= 4;
    return flipped;
  };
  const damages: Record<string, (bytes: Buffer) => Buffer> = {
    'is no JSON': () => NOT_JSON,
    'is empty': () => Buffer.alloc(0),
    'is larger than any': () => Buffer.alloc(LIMITS.wholeBytesMax + 1),
    'is cut off': (bytes) => bytes.subarray(0, bytes.length >> 1),
    'is of another hour': (bytes) => Buffer.from(bytes.toString().replaceAll('T13', 'T11')),
    'lacks fields': () => Buffer.from(`{"dataset":"logs","hour":"${HOUR_13}","raw":[]}`),
    'names what is no answer': (bytes) => Buffer.from(bytes.toString().replace('/20230420T', '/2023x420T')),
    'does not add up': (bytes) => Buffer.from(bytes.toString().replace(/"seen": \d+/, '"seen": 99')),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`is made anew by its next seal where its ledger ${what}`, async () => {
      const key = ledgerKey(DATASET, HOUR_13);
      await bench.storage.put(key, damage((await bench.storage.get(key)).body));
      const { merged } = await seal();
      assert.deepEqual([merged.rebuilt, merged.damaged], [true, [key]]);
      assert.deepEqual(await outcome(), expected);
    });
  }

  it('is made anew where its object is damaged, or gone', async () => {
    const key = tableKey(DATASET, HOUR_13);
    for (const damage of [flip, (bytes: Buffer) => bytes.subarray(0, 20), () => Buffer.alloc(0)]) {
      await bench.storage.put(key, damage((await bench.storage.get(key)).body));
      assert.equal((await seal()).merged.rebuilt, true);
      assert.deepEqual(await outcome(), expected);
    }
  });

  it('is sealed where the object of another hour lies in its place', async () => {
    const { body } = await bench.storage.get(tableKey(DATASET, HOUR_12));
    await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
    await bench.storage.put(tableKey(DATASET, HOUR_13), body);
    assert.equal((await seal()).merged.rebuilt, true);
    assert.deepEqual(await outcome(), expected);
  });

  it('never was, and nothing is put in the place of the object that lies there', async () => {
    const [from, to] = [HOUR_12, '2023-04-20T06' as Hour].map((hour) => tableKey(DATASET, hour)) as [
      string,
      string,
    ];
    const { body } = await bench.storage.get(from);
    await bench.storage.put(to, body);
    await assert.rejects(
      seal(true, '2023-04-20T06' as Hour),
      /take that object away if it does not belong there/,
    );
    assert.deepEqual((await bench.storage.get(to)).body, body);
  });

  it('is made anew where ledger and object are damaged', async () => {
    await bench.storage.put(ledgerKey(DATASET, HOUR_13), NOT_JSON);
    await bench.storage.put(tableKey(DATASET, HOUR_13), NOT_JSON);
    assert.equal((await seal()).merged.rebuilt, true);
    assert.deepEqual(await outcome(), expected);
  });

  it('holds up no other hour, and is told to be sealed anew by the hours beside it', async () => {
    await bench.storage.put(ledgerKey(DATASET, HOUR_13), NOT_JSON);
    await bench.archiveAndCarry(T13 + HOUR + 2 * MINUTE, [envelope(17, T13 + HOUR + 1_000)], 'd');
    const { settled } = await seal(false, HOUR_14);
    assert.equal(settled.ledger?.landed, 2);
    assert.ok(
      settled.recheck.some(({ hour, now }) => hour === HOUR_13 && now),
      JSON.stringify(settled.recheck),
    );
    await bench.sealAll([HOUR_13]);
    assert.deepEqual(await outcome(), expected);
  });

  it('is not made less because an answer is gone that shows nothing which others do not', async () => {
    const { raw } = await bench.ledger(HOUR_13);
    await bench.storage.delete([raw[2]!]);
    const { merged } = await seal(true);
    assert.equal(merged.landed, 6);
    const { seen, raw: left } = await bench.ledger(HOUR_13);
    assert.deepEqual([seen, left.length], [9, 2]);
    assert.deepEqual((await outcome()).rows, expected.rows);
  });

  describe('a segment', () => {
    let segment: string;
    let late: string;
    beforeEach(async () => {
      late = await bench.archiveAndCarry(T13 + 2 * HOUR, envelopes(18, 19, T13 + 10_000), 'e');
      [segment = ''] = await bench.keys('segments/');
    });

    const cases: Record<string, (bytes: Buffer) => Buffer> = {
      'is cut off': (bytes) => bytes.subarray(0, bytes.length - 12),
      'has a bit flipped': flip,
      'has a bit flipped in its check sum': (bytes) =>
        Buffer.concat([bytes.subarray(0, -6), Buffer.from('abcdef')]),
      'is empty': () => Buffer.alloc(0),
      'is no gzip': () => Buffer.from('no gzip'),
    };
    for (const [what, damage] of Object.entries(cases)) {
      it(`that ${what} is read again from raw/, and goes once the ledger stands`, async () => {
        await bench.storage.put(segment, damage((await bench.storage.get(segment)).body));
        const { merged } = await seal();
        assert.deepEqual([merged.landed, merged.damaged], [8, [segment]]);
        assert.deepEqual((await bench.landedIds(HOUR_13)).slice(-2), [18, 19]);
        assert.ok((await bench.ledger(HOUR_13)).raw.includes(rawKey(DATASET, late)));
        assert.deepEqual(await bench.keys('segments/'), []);
      });
    }

    it('of another hour is no segment of this one', async () => {
      const { body } = await bench.storage.get(segment);
      await bench.storage.put(segment.replace('T13/', 'T12/'), body);
      await seal();
      const before = await bench.hashes('logs/');
      const { merged } = await seal(false, HOUR_12);
      assert.equal(merged.damaged.length, 1);
      assert.deepEqual(await bench.hashes('logs/'), before);
      assert.deepEqual(await bench.keys('segments/'), []);
    });

    it('is told from what is none of ours, which is neither read nor removed', async () => {
      const foreign = `segments/logs/${HOUR_13}/.DS_Store`;
      await bench.storage.put(foreign, Buffer.from('x'));
      const { merged } = await seal();
      assert.deepEqual([merged.landed, merged.damaged], [8, []]);
      assert.deepEqual(await bench.keys('segments/'), [foreign]);
    });
  });

  describe('in quarantine', () => {
    let at: string;
    const stored = async () =>
      decodeQuarantine((await gunzip((await bench.storage.get(at)).body, 1e6)).toString()).map(
        ({ index, reason }) => `${index} ${reason}`,
      );
    let before: string[];

    beforeEach(async () => {
      // A conflict and two refusals of one answer, which a seal and a carry have put there.
      const raw = await bench.archiveAndCarry(
        T13 + 3 * HOUR,
        [
          envelope(4, T13, { activity: 'other' }),
          { recordId: 7, data: 'x' },
          envelope(20, T13, { activity: 5 }),
        ],
        'f',
      );
      await bench.sealAll([HOUR_13]);
      at = quarantineKey(DATASET, raw);
      before = await stored();
      assert.equal(before.length, 3);
    });

    for (const [what, damage] of [
      ['gone', () => bench.storage.delete([at])],
      [
        'of another answer',
        () =>
          bench.storage.put(
            at,
            gzipSync(Buffer.from('{"reason":"bad-time","detail":"","raw":"x","index":0}\n')),
          ),
      ],
      ['damaged', () => bench.storage.put(at, Buffer.from('no gzip'))],
      ['larger than any', () => bench.storage.put(at, Buffer.alloc(LIMITS.wholeBytesMax + 1))],
      [
        'too much once unpacked',
        async () => bench.storage.put(at, await gzip(Buffer.alloc(LIMITS.wholeBytesMax + 1))),
      ],
    ] as const) {
      it(`what is ${what} is put back from raw/ when the hour is computed again`, async () => {
        await damage();
        const { merged } = await seal(true);
        assert.equal(merged.outcome, 'nothing');
        assert.deepEqual(await stored(), before);
      });
    }

    it('an object that is damaged holds up no seal with another conflict of its answer', async () => {
      await bench.storage.put(at, Buffer.from('no gzip'));
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
      await seal();
      assert.deepEqual(await stored(), before);
    });
  });
});
