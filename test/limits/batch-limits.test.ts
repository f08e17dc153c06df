import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { createMint, DEMO_KEY, pythonRepr } from '../../examples/source-server/index.js';
import { createStage } from '../../examples/source-server/lies.js';
import type { Activities } from '../../src/activities/index.js';
import { createActivities } from '../../src/activities/index.js';
import { sha256Of } from '../../src/bytes/sha256.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { gzip } from '../../src/bytes/gzip.js';
import { rawKey, rawName } from '../../src/lake/keys.js';
import { LIMITS } from '../../src/limits.js';
import { tempLake, type TempLake } from '../support/lake.js';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2023-05-01T00:00:00.000Z');
const SCRATCH = { dataset: 'logs', staging: 'staging/logs/run/' };
const source = { poll: () => Promise.reject(new Error('nobody asks')) };

describe('the limits of a batch', function () {
  this.timeout(120_000);
  let lake: TempLake;
  let activities: Activities;
  beforeEach(async () => {
    lake = await tempLake();
    const ring = createKeyRing([DEMO_KEY]);
    activities = createActivities(() => ({
      storage: lake.storage,
      source,
      keyRing: async () => ring,
      form: LOG_FORM,
      code: 'test',
    }));
  });
  afterEach(() => lake.remove());

  const archive = async (n: number, text: string): Promise<string> => {
    const body = Buffer.from(text);
    const name = rawName(NOW_MS + n, sha256Of(body));
    await lake.storage.put(rawKey('logs', name), await gzip(body));
    return name;
  };

  it('leave to the next batch what is behind 16 MiB of answers, whatever they were packed to', async () => {
    const sizeBytes = LIMITS.batchBodyBytesMax / 4 + MIB;
    const raws: string[] = [];
    for (let n = 0; n < 6; n += 1) raws.push(await archive(n, `[${' '.repeat(sizeBytes)}]`));
    const first = await activities.decrypt({ ...SCRATCH, raws });
    assert.deepEqual(first.rest, raws.slice(4));
    const second = await activities.decrypt({ ...SCRATCH, raws: first.rest });
    assert.deepEqual(second.rest, []);
  });

  it('leave to the next batch an answer whose hours are too many, and take one that has too many by itself', async () => {
    const mint = createMint(DEMO_KEY);
    const stage = createStage({ key: DEMO_KEY, firstId: 1, eventMs: NOW_MS, nowMs: NOW_MS });
    const answer = (from: number, count: number): string =>
      JSON.stringify(
        Array.from({ length: count }, (_, i) => {
          const inDate = new Date(NOW_MS - (from + i) * HOUR_MS).toISOString();
          return { recordId: 1 + i, data: mint(pythonRepr({ ...stage.record(i), inDate }), NOW_MS) };
        }),
      );
    const raws = [
      await archive(0, answer(0, 6_000)),
      await archive(1, answer(6_000, 5_000)),
      await archive(2, '[]'),
    ];
    const { decrypted } = await activities.decrypt({ ...SCRATCH, raws });
    const { rest, compacted } = await activities.compact({ ...SCRATCH, decrypted });
    assert.deepEqual([rest, compacted.records], [raws.slice(1), 6_000]);
    const next = await activities.decrypt({ ...SCRATCH, raws: rest });
    const second = await activities.compact({ ...SCRATCH, decrypted: next.decrypted });
    assert.deepEqual([second.rest, second.compacted.records], [[], 5_000]);
  });
});
