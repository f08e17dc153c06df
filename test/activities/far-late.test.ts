import assert from 'node:assert/strict';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { addHours, type Hour } from '../../src/dataset/hour.js';
import { countIds } from '../../src/lake/id-ranges.js';
import { ledgerKey, rawKey } from '../../src/lake/keys.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import type { Storage } from '../../src/storage/port.js';
import { memoryStorage } from '../support/memory-storage.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, MINUTE, T13 } from './bench.js';
import { faulty } from './faulty-storage.js';

const HOURS = 200;
const HOUR = 60 * MINUTE;
const hourAt = (n: number): Hour => addHours(HOUR_13, n);
const GAP = 30;

async function memoryLake(): Promise<Storage> {
  const storage = memoryStorage();
  await claimLake(storage);
  return storage;
}

/** Ten ids an hour, one answer each; of hour 30 the ids 303 to 305 are lost, so 302 and 306 are those that came. */
describe('a record that comes late, far from its gap in the archive', function () {
  this.timeout(120_000);
  let made: Storage;
  let bench: Bench;
  before(async () => {
    made = await memoryLake();
    const bench = await Bench.openOver(made);
    for (let n = 0; n < HOURS; n += 1) {
      const all = envelopes(10 * n, 10 * n + 9, T13 + n * HOUR);
      const shown = n === GAP ? [...all.slice(0, 3), ...all.slice(6)] : all;
      await bench.archiveAndCarry(T13 + (n + 1) * HOUR, shown, `s${n}`);
    }
    await bench.sealAll(Array.from({ length: HOURS }, (_, n) => hourAt(n)));
    assert.deepEqual((await bench.ledger(hourAt(GAP))).ids.missing, [[303, 305]]);
    await bench.close();
  });
  /** Each test has a copy of the lake. */
  beforeEach(async () => {
    const storage = memoryStorage();
    for await (const key of made.keys('')) await storage.put(key, (await made.get(key)).body);
    bench = await Bench.openOver(storage);
  });
  afterEach(() => bench.close());

  const comes = (id: number, eventMs: number) =>
    bench.archiveAndCarry(T13 + (HOURS + 1) * HOUR, [envelope(id, eventMs)], 'late');
  const missing = async (hour: Hour) => (await bench.ledger(hour)).ids.missing;
  const assertSound = async (): Promise<void> => {
    const ring = await bench.deps.keyRing();
    const { storage } = bench;
    const { findings } = await auditLake({
      storage,
      dataset: DATASET,
      ring,
      form: bench.deps.form,
    });
    assert.deepEqual(findings, []);
  };

  it('of an hour not far from the gap’s shortens it, and a rebuild finds it again', async () => {
    await comes(304, T13 + 28 * HOUR);
    await bench.sealAll([hourAt(28)]);
    assert.deepEqual([await missing(hourAt(28)), await missing(hourAt(GAP))], [[[303, 303]], [[305, 305]]]);
    await assertSound();
    const ledger = await bench.ledger(hourAt(GAP));
    await bench.sealAll([hourAt(GAP)]);
    assert.equal((await bench.seal(hourAt(GAP), { rebuild: true })).merged.outcome, 'nothing');
    assert.deepEqual(await bench.ledger(hourAt(GAP)), ledger);
  });

  for (const [what, eventMs] of [
    ['of years before', Date.UTC(2019, 0, 1)],
    ['of days after', T13 + 150 * HOUR],
  ] as const)
    it(`${what} is found by the ids of the ledgers, and its answer is named in the gap's ledger`, async () => {
      const raw = await comes(304, eventMs);
      const late = addHours(HOUR_13, Math.floor((eventMs - T13) / HOUR));
      const watched = faulty(bench.storage);
      const { settled } = await bench.with({ storage: watched.storage }).seal(late);
      assert.ok(watched.calls.length < 250, `${watched.calls.length} requests`);
      assert.deepEqual(settled.recheck, [{ hour: hourAt(GAP), now: true, told: [raw] }]);
      await bench.sealAll([]);
      const { told } = settled.recheck[0]!;
      await bench.seal(hourAt(GAP), { rebuild: true, told });
      assert.deepEqual([await missing(late), await missing(hourAt(GAP))], [[[303, 303]], [[305, 305]]]);
      assert.deepEqual((await bench.ledger(hourAt(GAP))).ids.told, [rawKey(DATASET, raw)]);
      await assertSound();
      // What nobody tells any more is read again all the same.
      assert.equal((await bench.seal(hourAt(GAP), { rebuild: true })).merged.outcome, 'nothing');
      assert.deepEqual(await missing(hourAt(GAP)), [[305, 305]]);
      assert.equal(countIds(await missing(late)) + countIds(await missing(hourAt(GAP))), 2);
    });
});

describe('a record behind hours in which the source showed nothing that can be read', () => {
  it('is charged with what was lost meanwhile', async () => {
    const bench = await Bench.openOver(await memoryLake());
    try {
      await bench.archiveAndCarry(T13, envelopes(1, 5, T13 - MINUTE), 'a');
      const names: string[] = [];
      for (let n = 1; n <= 700; n += 1)
        names.push(await bench.archiveBody(T13 + n * 20_000, `<html>down, ${n}</html>`));
      await bench.carry(names.slice(0, 300), 'b');
      await bench.carry(names.slice(300), 'c');
      await bench.archiveAndCarry(T13 + 5 * HOUR, envelopes(21, 25, T13 + 5 * HOUR), 'd');
      const { storage, deps } = bench;
      const hours = [addHours(HOUR_13, -1), addHours(HOUR_13, 5)];
      for (const order of [hours, [...hours].reverse()]) {
        await bench.sealAll(order);
        assert.deepEqual((await bench.ledger(hours[1]!)).ids.missing, [[6, 20]]);
        const { findings } = await auditLake({
          ...{ storage, dataset: DATASET, ring: await deps.keyRing(), form: deps.form },
        });
        assert.deepEqual(findings, []);
        for (const hour of hours) await bench.storage.delete([ledgerKey(DATASET, hour)]);
      }
    } finally {
      await bench.close();
    }
  });
});
