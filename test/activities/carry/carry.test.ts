import assert from 'node:assert/strict';
import { createMint, DEMO_KEY } from '../../../examples/source-server/index.js';
import { createCarry } from '../../../src/activities/carry/activity.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { quarantineKey, rawKey } from '../../../src/lake/keys.js';
import { Bench, DATASET, envelope, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';
import { faulty, once } from '../faulty-storage.js';

const SLOT = '20230420T131500.000Z';
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
const HOUR = 60 * MINUTE;

describe('carry, all steps of a batch at once', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  /** Duplicates, an answer out of order, and of each kind of refusal one. */
  const archiveMany = async (): Promise<string[]> => [
    await bench.archive(T13 + 1, [...envelopes(1, 5, T13 - 2_000), 'no envelope', envelope(3, T13 + 1)]),
    await bench.archive(T13 + 2, [...envelopes(3, 8, T13), { recordId: 9, data: 'no token' }]),
    await bench.archive(T13 + 3, [
      envelope(10, T13, { url: 7 }),
      envelope(11, T13, {}, createMint(OTHER_KEY)),
    ]),
    await bench.archive(T13 + 4, []),
    await bench.archive(T13 + 2 * HOUR, [envelope(12, T13 + HOUR), envelope(1, T13, { method: 'BREW' })]),
  ];
  const carried = async (): Promise<object> => ({
    ...(await bench.hashes('segments/')),
    ...(await bench.hashes('quarantine/')),
  });

  it('leaves the very bytes that the steps leave, one after the other', async () => {
    const raws = await archiveMany();
    const result = await bench.activities.carry({ dataset: DATASET, raws, slot: SLOT, n: 0 });
    const { bytes, ...rest } = result;
    assert.deepEqual(rest, {
      ...{ elements: 18, entries: 15, newestEventMs: T13 + HOUR, gone: [], damaged: [] },
      refused: { 'malformed-envelope': 1, undecryptable: 2, 'wrong-type': 1 },
      quarantined: { 'malformed-envelope': 1, undecryptable: 2, 'wrong-type': 1 },
      hours: [HOUR_12, HOUR_13, HOUR_14],
      rest: [],
    });
    const atOnce = await carried();
    assert.equal(Object.keys(atOnce).length, 3 + 3);
    const sizes = Object.keys(atOnce).map(async (key) => (await bench.storage.head(key))?.bytes ?? 0);
    assert.equal(
      bytes,
      (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    );
    assert.deepEqual(await bench.keys('staging/'), []);
    await bench.storage.delete(Object.keys(atOnce));
    await bench.carry(raws, SLOT, 0);
    assert.deepEqual(await carried(), atOnce);
  });

  it('leaves the same bytes when it runs twice, or again where the first attempt has died on the way', async () => {
    const raws = await archiveMany();
    const input = { dataset: DATASET, raws, slot: SLOT, n: 4 };
    const fault = once(
      ({ operation, key, when }) => operation === 'put' && key.startsWith('segments/') && when === 'after',
      () => new Error('the worker died'),
    );
    await assert.rejects(
      bench.with({ storage: faulty(bench.storage, fault).storage }).activities.carry(input),
    );
    await bench.activities.carry(input);
    const first = await carried();
    await bench.activities.carry(input);
    assert.deepEqual(await carried(), first);
    await bench.sealAll([HOUR_12, HOUR_13, HOUR_14]);
    assert.deepEqual(await bench.landedIds(HOUR_13), [1, 3, 4, 5, 6, 7, 8]);
  });

  it('takes out of quarantine what can land by now', async () => {
    const raws = await archiveMany();
    const input = { dataset: DATASET, raws, slot: SLOT, n: 0 };
    await bench.activities.carry(input);
    const key = quarantineKey(DATASET, raws[2]!);
    const before = (await bench.hashes(key))[key];
    const ring = createKeyRing([DEMO_KEY, OTHER_KEY]);
    const { refused } = await bench
      .with({ keyRing: () => Promise.resolve(ring) })
      .activities.carry({ ...input, n: 1, again: true });
    assert.equal(refused.undecryptable, 1);
    assert.notEqual((await bench.hashes(key))[key], before);
    await bench.sealAll([HOUR_13]);
    assert.ok((await bench.landedIds(HOUR_13)).includes(11));
  });

  it('goes on past an answer that is gone or damaged, and names it', async () => {
    const raws = await archiveMany();
    await bench.storage.put(rawKey(DATASET, raws[0]!), Buffer.from('no gzip'));
    await bench.storage.delete([rawKey(DATASET, raws[1]!)]);
    const result = await bench.activities.carry({ dataset: DATASET, raws, slot: SLOT, n: 0 });
    const [damaged, gone] = raws.map((name) => rawKey(DATASET, name));
    assert.deepEqual([result.damaged, result.gone], [[damaged], [gone]]);
    assert.deepEqual([result.entries, result.rest], [3, []]);
  });

  it('tells what the source moved past since the answer before, whatever became of that one', async () => {
    const before = await bench.archive(T13 + 1, [...envelopes(1, 3, T13), { recordId: 5, data: 'no token' }]);
    const next = await bench.archive(T13 + 2, envelopes(9, 11, T13 + 10_000));
    await bench.activities.carry({ dataset: DATASET, raws: [before], slot: SLOT, n: 0, before: null });
    await bench.activities.carry({ dataset: DATASET, raws: [next], slot: SLOT, n: 1, before });
    await bench.seal(HOUR_13, { contiguousIds: false });
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, [[6, 8]]);
  });

  it('makes do without the answer before where that one is gone or damaged', async () => {
    const damaged = await bench.archive(T13 + 1, envelopes(1, 3, T13));
    await bench.storage.put(rawKey(DATASET, damaged), Buffer.from('no gzip'));
    for (const [n, before] of [damaged, damaged.replace('20230420', '20220420')].entries()) {
      const raws = [await bench.archive(T13 + 2 + n, envelopes(9 + n, 11, T13 + 10_000))];
      const { entries, damaged: lost } = await bench.activities.carry({
        ...{ dataset: DATASET, raws, slot: SLOT, n, before },
      });
      assert.deepEqual([entries, lost], [3 - n, []]);
    }
    await bench.seal(HOUR_13, { contiguousIds: false });
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, []);
  });

  for (const [what, limits] of [
    ['bytes of entries', { entryBytesMax: 1, refusalsMax: 99, hoursMax: 99 }],
    ['refusals', { entryBytesMax: 1e6, refusalsMax: 1, hoursMax: 99 }],
    ['hours', { entryBytesMax: 1e6, refusalsMax: 99, hoursMax: 1 }],
  ] as const) {
    it(`leaves to the next batch what are too many ${what}, and takes one answer whatever it holds`, async () => {
      const raws = [
        await bench.archive(T13 + 1, [...envelopes(1, 5, T13 - 2_000), 'no envelope']),
        await bench.archive(T13 + 2, envelopes(6, 9, T13 + HOUR)),
      ];
      const carry = createCarry(bench.deps, limits);
      const first = await carry({ dataset: DATASET, raws, slot: SLOT, n: 0 });
      assert.deepEqual([first.entries, first.hours, first.rest], [5, [HOUR_12, HOUR_13], raws.slice(1)]);
      const second = await carry({ dataset: DATASET, raws: first.rest, slot: SLOT, n: 1 });
      assert.deepEqual([second.entries, second.hours, second.rest], [4, [HOUR_14], []]);
    });
  }
});
