import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMint } from '../../../examples/source-server/index.js';
import { createCarry } from '../../../src/activities/carry/activity.js';
import { createCompact } from '../../../src/activities/compact/activity.js';
import type { BatchLimits } from '../../../src/activities/compact/batch.js';
import { createDecrypt } from '../../../src/activities/decrypt/activity.js';
import { rawKey } from '../../../src/lake/keys.js';
import { Bench, DATASET, envelope, MINUTE, T13 } from '../bench.js';

const HOUR = 60 * MINUTE;
const SLOT = '20230420T131500.000Z';
const noKeyFor = createMint(Buffer.alloc(32, 7).toString('base64url'));

interface Limits extends BatchLimits {
  readonly bodyBytesMax: number;
}

const element = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(40), fc.nat(3)).map(([id, hour]) => envelope(id, T13 + hour * HOUR)),
  },
  fc.nat(40).map((id) => envelope(id, T13, { inDate: 'yesterday' })),
  fc.nat(40).map((id) => envelope(id, T13, { url: 7 })),
  fc.nat(40).map((id) => envelope(id, T13, {}, noKeyFor)),
  fc.constantFrom<unknown>(null, { recordId: 50, data: 7 }, { recordId: 2 ** 60, data: 'x' }, [
    { deep: [-0, 1e21] },
  ]),
);
const answer = fc.oneof(
  { weight: 6, arbitrary: fc.array(element, { maxLength: 6 }).map((all) => JSON.stringify(all)) },
  { weight: 1, arbitrary: fc.constantFrom('', '[]', '<html>', '[{"recordId":60,"data":NaN},7]') },
);
/** What became of an answer between its arrival and its batch. */
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant('kept') },
  { weight: 2, arbitrary: fc.constantFrom('gone', 'damaged') },
);
const limits: fc.Arbitrary<Limits> = fc.record({
  bodyBytesMax: fc.constantFrom(1, 700, 3_000, 1e9),
  entryBytesMax: fc.constantFrom(1, 500, 2_000, 1e9),
  refusalsMax: fc.constantFrom(1, 3, 1e9),
  hoursMax: fc.constantFrom(1, 2, 1e9),
});

describe('a batch carried at once, and the same batch step by step', function () {
  this.timeout(120_000);

  /** A batch by itself, as `process-batch` has it done. */
  async function bySteps(
    bench: Bench,
    raws: readonly string[],
    before: string | null,
    n: number,
    all: Limits,
  ) {
    const { deps, activities } = bench;
    const scratch = bench.scratch();
    const { decrypted, ...opened } = await createDecrypt(
      deps,
      all.bodyBytesMax,
    )({ ...scratch, raws, before });
    const { compacted, ...counts } = await createCompact(deps, all)({ ...scratch, decrypted });
    const { bundle, hours } = await activities.partition({ ...scratch, compacted, slot: SLOT, n });
    const packed = await activities.gzip({ ...scratch, bundle });
    const { bytes, quarantined } = await activities.upload({ dataset: DATASET, ...packed });
    return { ...counts, hours, bytes, quarantined, rest: [...counts.rest, ...opened.rest] };
  }

  async function atOnce(
    { deps }: Bench,
    raws: readonly string[],
    before: string | null,
    n: number,
    all: Limits,
  ) {
    return await createCarry(deps, all, all.bodyBytesMax)({ dataset: DATASET, raws, before, slot: SLOT, n });
  }

  /** Batch after batch until nothing is left: what each has told, and what stands in the lake afterwards. */
  async function carriedBy(
    way: typeof atOnce,
    answers: readonly (readonly [string, string])[],
    all: Limits,
  ): Promise<object> {
    const bench = await Bench.open();
    try {
      const raws: string[] = [];
      for (const [i, [text, fate]] of answers.entries()) {
        const raw = await bench.archiveBody(T13 + HOUR + i, text);
        raws.push(raw);
        if (fate === 'gone') await bench.storage.delete([rawKey(DATASET, raw)]);
        if (fate === 'damaged') await bench.storage.put(rawKey(DATASET, raw), Buffer.from('no gzip'));
      }
      const told: object[] = [];
      let [before, ...left] = raws;
      for (let n = 0; left.length > 0; n += 1) {
        const result = await way(bench, left, before ?? null, n, all);
        assert.ok(result.rest.length < left.length, 'a batch takes one answer at least');
        told.push(result);
        before = left[left.length - result.rest.length - 1];
        left = [...result.rest];
      }
      const lake = { ...(await bench.hashes('segments/')), ...(await bench.hashes('quarantine/')) };
      return { told, lake };
    } finally {
      await bench.close();
    }
  }

  it('tell the same, leave the same to the next batch, and put the same bytes into the lake, whatever the limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(answer, fate), { minLength: 1, maxLength: 7 }),
        limits,
        async (answers, all) => {
          assert.deepEqual(await carriedBy(bySteps, answers, all), await carriedBy(atOnce, answers, all));
        },
      ),
      { numRuns: 25 },
    );
  });
});
