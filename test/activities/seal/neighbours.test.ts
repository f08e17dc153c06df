import assert from 'node:assert/strict';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { addHours, type Hour } from '../../../src/dataset/hour.js';
import { ledgerKey, rawKey } from '../../../src/lake/keys.js';
import { encodeLedger } from '../../../src/lake/ledger.js';
import { Bench, DATASET, envelope, HOUR_13, MINUTE, T13 } from '../bench.js';

const HOUR = 60 * MINUTE;
/** Ids of their own kind: ten apart. */
const shown = (hours: number, ...ids: readonly number[]): object[] =>
  ids.map((id, i) => envelope(10 * id, T13 + hours * HOUR + i * 1_000));

describe('without contiguous ids, a loss', () => {
  let bench: Bench;
  const raws: string[] = [];
  const hours = Array.from({ length: 8 }, (_, i) => addHours(HOUR_13, i));
  beforeEach(async () => {
    bench = await Bench.open();
    raws.length = 0;
    // Four records an hour; each answer shows the last of the hour before, too.
    for (let i = 0; i < 8; i += 1) {
      const before = i === 0 ? [] : shown(i - 1, 0, 0, 0, 4 * i).slice(3);
      const own = shown(i, 4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * i + 4);
      raws.push(await bench.archive(T13 + (i + 1) * HOUR, [...before, ...own]));
    }
  });
  afterEach(() => bench.close());

  const carry = (names: readonly string[], before: string | null, slot: string) =>
    bench.activities.carry({ dataset: DATASET, raws: names, before, slot, n: 0 });
  const sealAll = async (rebuild = false): Promise<void> => {
    for (const hour of hours) await bench.seal(hour, { contiguousIds: false, rebuild });
  };
  const ledgers = async () => await Promise.all(hours.map((hour) => bench.ledger(hour)));
  const missing = async () => (await ledgers()).flatMap(({ ids }) => ids.missing);
  const findings = async () =>
    (
      await auditLake({
        ...{ storage: bench.storage, dataset: DATASET },
        ...{ ring: await bench.deps.keyRing(), form: bench.deps.form },
      })
    ).findings;

  it('is not told between two answers that are carried again, with others between them in the archive', async () => {
    await carry(raws, null, 'first');
    await sealAll();
    assert.deepEqual(await missing(), []);
    await carry([raws[0]!, raws[7]!], null, 'again');
    await sealAll();
    assert.deepEqual(await missing(), []);
    assert.ok((await ledgers()).every(({ complete, contiguous }) => complete === 1 && !contiguous));
    await carry([raws[0]!, raws[7]!], null, 'redrive');
    await sealAll(true);
    assert.deepEqual([await missing(), await findings()], [[], []]);
  });

  it('is not told between two that nobody had carried, far apart', async () => {
    await carry(raws.slice(1, 7), raws[0]!, 'first');
    await carry([raws[0]!, raws[7]!], null, 'uncarried');
    await sealAll();
    assert.deepEqual([await missing(), await findings()], [[], []]);
  });

  it('is told between two that stand next to each other, and found again from the archive alone', async () => {
    await bench.storage.delete([rawKey(DATASET, raws[3]!), rawKey(DATASET, raws[4]!)]);
    const left = raws.filter((_, i) => i !== 3 && i !== 4);
    await carry(left, null, 'first');
    for (const hour of hours) await bench.seal(hour, { contiguousIds: false });
    const [hour] = [hours[4] as Hour];
    const told = await bench.ledger(hour);
    assert.deepEqual([told.ids.missing, await findings()], [[[121, 199]], []]);
    for (const missing of [[], [[1, 2]] as [number, number][]]) {
      const wrong = { ...told, ids: { ...told.ids, missing, missingCount: missing.length * 2 }, complete: 1 };
      const key = ledgerKey(DATASET, hour);
      const { etag } = await bench.storage.get(key);
      await bench.storage.put(key, Buffer.from(encodeLedger(wrong)), { kind: 'matches', etag });
      assert.ok((await findings()).some(({ what }) => what.startsWith('ids.missing: the ledger says')));
      await bench.seal(hour, { contiguousIds: false, rebuild: true });
      assert.deepEqual((await bench.ledger(hour)).ids.missing, [[121, 199]]);
    }
  });
});
