import assert from 'node:assert/strict';
import { createMint, DEMO_KEY } from '../../../examples/source-server/index.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { gzip } from '../../../src/bytes/gzip.js';
import { addHours, type Hour } from '../../../src/dataset/hour.js';
import {
  ledgerKey,
  quarantineKey,
  quarantinePrefix,
  rawKey,
  rawPrefix,
  tableKey,
} from '../../../src/lake/keys.js';
import { encodeQuarantine } from '../../../src/lake/quarantine-entry.js';
import { createFindUncarried } from '../../../src/activities/backlog/find-raws.js';
import type { FindInput } from '../../../src/activities/backlog/find-types.js';
import { createListArrivals } from '../../../src/activities/backlog/list-arrivals.js';
import { createListSealed } from '../../../src/activities/backlog/list-sealed.js';
import { Bench, DATASET, envelope, HOUR_13, MINUTE, T13 } from '../bench.js';

const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
const strange = createMint(OTHER_KEY);
const ofOtherKey = (id: number): object => envelope(id, T13, {}, strange);

describe('what reprocess and redrive look for', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const uncarried = (after: string | null = null) =>
    bench.activities.findUncarried({ dataset: DATASET, after });
  const redrivable = (keys: readonly string[], after: string | null = null) => {
    const ring = createKeyRing(keys);
    return bench
      .with({ keyRing: () => Promise.resolve(ring) })
      .activities.findRedrivable({ dataset: DATASET, after });
  };

  it('are answers that stand in no segment, no ledger and no quarantine', async () => {
    await bench.archiveAndCarry(T13, [envelope(1, T13)], 'sealed');
    await bench.seal(HOUR_13);
    await bench.archiveAndCarry(T13 + 1, [envelope(2, T13)], 'segment');
    const waiting = await bench.archiveAndCarry(T13 + 2, [ofOtherKey(3)], 'quarantine');
    const nobody = await bench.archive(T13 + 3, [envelope(4, T13)]);
    assert.deepEqual(await uncarried(), { raws: [nobody], before: waiting, next: null });
    assert.deepEqual(await uncarried(nobody), { raws: [], before: null, next: null });
  });

  it('are answers that could not be read, and can be by the code of today', async () => {
    const page = await bench.archiveBody(T13, '<html>later</html>');
    await bench.carry([page], 'a');
    assert.deepEqual(
      (await bench.quarantined()).map(({ reason, envelope: kept }) => [reason, kept]),
      [['unreadable-answer', null]],
    );
    assert.deepEqual(await uncarried(), { raws: [], before: null, next: null });
    // What an older version could not read.
    const array = await bench.archiveBody(T13 + 1, `\uFEFF${JSON.stringify([envelope(1, T13)])}`);
    const entry = {
      reason: 'unreadable-answer',
      detail: 'a mark',
      raw: array,
      index: 0,
      envelope: null,
    } as const;
    await bench.storage.put(
      quarantineKey(DATASET, array),
      await gzip(Buffer.from(encodeQuarantine([entry]))),
    );
    assert.deepEqual(await uncarried(), { raws: [array], again: true, before: page, next: null });
    await bench.activities.carry({ dataset: DATASET, slot: 'b', n: 0, raws: [array], again: true });
    assert.deepEqual(
      (await bench.quarantined()).map(({ raw }) => raw),
      [page],
    );
    await bench.seal(HOUR_13);
    assert.equal((await bench.rows(HOUR_13)).length, 1);
    assert.deepEqual(await uncarried(), { raws: [], before: null, next: null });
  });

  it('are answers of which quarantine holds something, and whose hour has lost its ledger and object', async () => {
    const [mixed, refused, noHour] = [
      await bench.archiveAndCarry(T13, [envelope(1, T13), ofOtherKey(2)], 'a'),
      await bench.archiveAndCarry(T13 + 1, [envelope(3, T13, { activity: 5 })], 'b'),
      await bench.archiveAndCarry(T13 + 2, [ofOtherKey(4)], 'c'),
    ];
    await bench.seal(HOUR_13);
    assert.deepEqual((await uncarried()).raws, []);
    const before = [await bench.rows(HOUR_13), (await bench.ledger(HOUR_13)).quarantined];
    await bench.storage.delete([ledgerKey(DATASET, HOUR_13), tableKey(DATASET, HOUR_13)]);
    assert.deepEqual((await uncarried()).raws, [mixed, refused]);
    await bench.activities.carry({ dataset: DATASET, slot: 'd', n: 0, raws: [mixed, refused] });
    await bench.seal(HOUR_13);
    assert.deepEqual([await bench.rows(HOUR_13), (await bench.ledger(HOUR_13)).quarantined], before);
    assert.equal((await uncarried(mixed)).raws.includes(noHour), false);
  });

  it('are answers of which something would be judged otherwise with the keys of today', async () => {
    await bench.archiveAndCarry(T13, [envelope(1, T13), { recordId: 2, data: 'no token' }], 'a');
    const waiting = await bench.archiveAndCarry(T13 + 1, [ofOtherKey(3), envelope(4, T13)], 'b');
    assert.deepEqual(await redrivable([DEMO_KEY]), { raws: [], next: null });
    assert.deepEqual(await redrivable([OTHER_KEY, DEMO_KEY]), { raws: [waiting], next: null });
    assert.deepEqual(await redrivable([OTHER_KEY, DEMO_KEY], waiting), { raws: [], next: null });
  });

  it('are not files that somebody else has put there', async () => {
    const waiting = await bench.archiveAndCarry(T13, [ofOtherKey(3)]);
    const nobody = await bench.archive(T13 + MINUTE, [envelope(4, T13)]);
    for (const prefix of [rawPrefix(DATASET), quarantinePrefix(DATASET)]) {
      for (const stray of ['.DS_Store', 'year=2023/notes.txt', 'year=2023/month=04/day=20/hour=13/x.json.gz'])
        await bench.storage.put(`${prefix}${stray}`, Buffer.from('stray'));
      const misplaced = rawKey(DATASET, nobody)
        .replace(rawPrefix(DATASET), prefix)
        .replace('hour=13', 'hour=14');
      await bench.storage.put(misplaced, Buffer.from('stray'));
    }
    assert.deepEqual(await uncarried(), { raws: [nobody], before: waiting, next: null });
    assert.deepEqual(await redrivable([OTHER_KEY]), { raws: [waiting], next: null });
  });

  it('come in pages of bounded size, each of which knows what is carried', async () => {
    const find = createFindUncarried(bench.deps, 4);
    const names: string[] = [];
    for (let i = 0; i < 9; i += 1)
      names.push(await bench.archive(T13 + i * 3 * 3_600_000, [envelope(i, T13)]));
    // One is sealed in an hour far from its arrival, one waits in a segment.
    await bench.carry([names[5]!], 'far');
    await bench.seal(HOUR_13);
    await bench.carry([names[1]!], 'open');
    const first = await find({ dataset: DATASET, after: null });
    assert.deepEqual(first, { raws: [names[0], names[2], names[3]], before: null, next: names[3] });
    const second = await find({ dataset: DATASET, after: names[3]! });
    assert.deepEqual(second, { raws: [names[4], names[6], names[7]], before: names[3], next: names[7] });
    const third = await find({ dataset: DATASET, after: names[7]! });
    assert.deepEqual(third, { raws: [names[8]], before: names[7], next: null });
  });

  it('without a look at all ledgers of a lake of years for an answer that stands in none', async () => {
    const empty = await bench.archive(T13, []);
    const local = await bench.archive(T13 + 1, [envelope(1, T13 + 9 * 3_600_000)]);
    await bench.carry([local], 'local');
    await bench.seal(addHours(HOUR_13, 9));
    const years = Array.from({ length: 4 }, (_, i) => addHours(HOUR_13, 1_000 * (i + 1)));
    // Whoever reads one of them fails.
    for (const hour of years) await bench.storage.put(ledgerKey(DATASET, hour), Buffer.from('no ledger'));
    assert.deepEqual(await uncarried(), { raws: [empty], before: null, next: null });
  });

  it('without a look at segments of the run that asks, or at more of those far off than there are answers', async () => {
    const run = '20230420T140000.000Z-3f9a';
    await bench.archiveAndCarry(T13, [envelope(1, T13)], `${run}-2023-04-20T13`);
    await bench.archiveAndCarry(T13 + 1, [envelope(2, T13)], 'other');
    const years = [1, 2, 3].map((year) => T13 + year * 8_766 * 3_600_000);
    for (const at of years) await bench.archiveAndCarry(at, [envelope(at % 1000, at)], 'far');
    const nobody = await bench.archive(T13 + 2, [envelope(3, T13)]);
    const asked = async (given: Partial<FindInput>): Promise<[readonly string[], string[]]> => {
      const opened: string[] = [];
      const storage = new Proxy(bench.storage, {
        get: (of, name) =>
          name === 'open'
            ? (key: string) => {
                opened.push(key.slice(key.lastIndexOf('/') + 1));
                return of.open(key);
              }
            : (Reflect.get(of, name) as (() => unknown) | string),
      });
      const find = createFindUncarried({ ...bench.deps, storage });
      const { raws } = await find({ dataset: DATASET, after: null, to: HOUR_13, ...given });
      return [raws, [...new Set(opened)].sort()];
    };
    const own = `${run}-2023-04-20T13-0.json.gz`;
    assert.deepEqual(await asked({}), [[nobody], [own, 'other-0.json.gz']]);
    // What its segments hold stands in front of what it looks through, by its own word: here it does not.
    const [, opened] = await asked({ passed: run });
    assert.deepEqual(opened, ['other-0.json.gz']);
    assert.deepEqual((await asked({ passed: `${run}x` }))[1], [own, 'other-0.json.gz']);
  });

  it('within hours of arrival, and know the answer in front of them', async () => {
    const [early, first, second, late] = [
      await bench.archive(T13 - 200 * 3_600_000, [envelope(1, T13)]),
      await bench.archive(T13, [envelope(2, T13)]),
      await bench.archive(T13 + 1, [envelope(3, T13)]),
      await bench.archive(T13 + 3_600_000, [envelope(4, T13)]),
    ];
    const of = (from: Hour, to: Hour) =>
      bench.activities.findUncarried({ dataset: DATASET, after: null, from, to });
    assert.deepEqual(await of(HOUR_13, HOUR_13), { raws: [first, second], before: early, next: null });
    const next = addHours(HOUR_13, 1);
    assert.deepEqual(await of(next, next), { raws: [late], before: second, next: null });
    const long = addHours(HOUR_13, -200);
    assert.deepEqual(await of(long, long), { raws: [early], before: null, next: null });
  });

  it('and when something arrived: hours where they are few days, else whole days', async () => {
    const at = (hour: string): number => Date.parse(`${hour}:30:00.000Z`);
    for (const hour of ['2021-12-31T23', '2022-01-01T00', '2023-03-31T05', '2023-04-01T05', '2023-04-01T07'])
      await bench.archive(at(hour), [envelope(1, T13)]);
    const list = createListArrivals(bench.deps);
    const asked = { dataset: DATASET, of: 'raw', after: null, shares: 10 } as const;
    const hours = { '2021-12-31': '23', '2022-01-01': '00', '2023-03-31': '05', '2023-04-01': '05 07' };
    assert.deepEqual(await list(asked), { hours, next: null });
    assert.deepEqual(await list({ ...asked, shares: 2 }), {
      hours: { '2021-12-31': '23', '2022-01-01': '00-23', '2023-03-31': '05-23', '2023-04-01': '05-23' },
      next: null,
    });
    assert.deepEqual(await list({ ...asked, after: '2023-03-31T05' as Hour }), {
      hours: { '2023-04-01': '05 07' },
      next: null,
    });
    const paged = await createListArrivals(bench.deps, 3)({ ...asked, shares: 2 });
    assert.equal(paged.next, '2023-03-31T23');
    assert.deepEqual(await list({ ...asked, of: 'quarantine' }), { hours: {}, next: null });
  });

  it('and the sealed hours, too, page by page', async () => {
    const hours = Array.from({ length: 5 }, (_, i) => addHours(HOUR_13, i * 11));
    for (const hour of hours) await bench.storage.put(ledgerKey(DATASET, hour), Buffer.from('{}'));
    const list = createListSealed(bench.deps, 2);
    const all = { dataset: DATASET, from: null, to: null };
    const [a, b, c, d, e] = hours;
    assert.deepEqual(await list({ ...all, after: null }), { hours: [a, b], next: b });
    assert.deepEqual(await list({ ...all, after: b! }), { hours: [c, d], next: d });
    assert.deepEqual(await list({ ...all, after: d! }), { hours: [e], next: null });
    assert.deepEqual(await list({ ...all, after: e! }), { hours: [], next: null });
    assert.deepEqual(await list({ ...all, from: b!, to: d!, after: b! }), { hours: [c, d], next: null });
  });
});
