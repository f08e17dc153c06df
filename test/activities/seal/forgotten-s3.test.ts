import assert from 'node:assert/strict';
import { segmentsPrefix } from '../../../src/lake/keys.js';
import { openStorage } from '../../../src/storage/open.js';
import { useAwsEnv } from '../../support/aws-env.js';
import { type S3Server, s3ServerOrSkip } from '../../support/s3-server.js';
import { Bench, DATASET, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from '../bench.js';

/** The same as on a folder (forgotten.test.ts), on a real server, where each look is a request. */
describe('what nobody carried, before an hour on S3 is sealed', function () {
  this.timeout(240_000);
  let server: S3Server;
  let restore: () => void;
  let bench: Bench;
  let lakes = 0;
  before(async function () {
    server = await s3ServerOrSkip(this);
    restore = useAwsEnv(server.env);
  });
  after(async () => {
    restore?.();
    await server?.stop();
  });
  beforeEach(async () => {
    bench = await Bench.openOver(await openStorage(`s3://${server.bucket}/forgotten-${(lakes += 1)}`));
  });
  afterEach(() => bench.close());

  const END = T13 + 60 * MINUTE;
  const accounted = async () =>
    await bench.activities.merge({
      ...bench.scratch(),
      ...{ hour: HOUR_13, contiguousIds: true, accountThroughMs: END },
    });
  /** One answer a minute of ten records, each window half new. */
  async function poll(from: number, to: number): Promise<string[]> {
    const raws: string[] = [];
    for (let i = from; i < to; i += 1)
      raws.push(
        await bench.archive(T13 + i * MINUTE + 30_000, envelopes(100 + i * 5, 109 + i * 5, T13 + i * MINUTE)),
      );
    return raws;
  }
  const seal12 = async (): Promise<void> => {
    await bench.archiveAndCarry(T13 - MINUTE, envelopes(95, 99, T13 - 5 * MINUTE), 'before');
    await bench.seal(HOUR_12);
  };

  it('is carried where all segments were removed while answers came in', async () => {
    await seal12();
    const first = await poll(0, 5);
    await bench.carry(first, 'a');
    await bench.storage.delete(await bench.keys(segmentsPrefix(DATASET)));
    await bench.carry(await poll(5, 10), 'b');
    const { forgotten } = await accounted();
    assert.deepEqual(forgotten, first);
    await bench.activities.carry({ dataset: DATASET, slot: 'found', n: 0, raws: first });
    assert.equal((await accounted()).forgotten, undefined);
    await bench.seal(HOUR_13);
    assert.equal((await bench.landedIds(HOUR_13)).length, 55);
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, []);
  });

  it('costs some six requests where nothing is forgotten', async () => {
    await seal12();
    await bench.carry(await poll(0, 5), 'a');
    await bench.carry(await poll(5, 10), 'b');
    const count = async (look: () => Promise<unknown>): Promise<number> => {
      const before = (await server.requests()).length;
      await look();
      return (await server.requests()).length - before;
    };
    const merged = await count(() => bench.merge(HOUR_13));
    const both = await count(accounted);
    assert.ok(both > merged, 'it looks at nothing');
    assert.ok(both - merged <= 8, `${both - merged} requests more`);
  });
});
