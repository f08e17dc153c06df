import assert from 'node:assert/strict';
import { createMint, DEMO_KEY } from '../../examples/source-server/index.js';
import { sha256Of } from '../../src/bytes/sha256.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { gunzip } from '../../src/bytes/gzip.js';
import { quarantineKey, rawKey, segmentKey } from '../../src/lake/keys.js';
import { decodeQuarantine } from '../../src/lake/quarantine-entry.js';
import { decodeSegment } from '../lake/segment-twin.js';
import { Bench, DATASET, envelope, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from './bench.js';
import { failsAs } from './seal/fails-as.js';

const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
const OTHER_KEY_ID = sha256Of(Buffer.alloc(32, 7)).slice(0, 8);
const DEMO_KEY_ID = sha256Of(Buffer.from(DEMO_KEY, 'base64url')).slice(0, 8);

describe('decrypt, compact, partition, gzip, upload', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const unpacked = async (key: string): Promise<string> =>
    (await gunzip((await bench.storage.get(key)).body, 1e9)).toString();

  it('carry an answer into one segment for each hour of its events', async () => {
    const elements = [...envelopes(1, 4, T13 - 2_000), ...envelopes(5, 6, T13 + MINUTE)];
    const raw = await bench.archive(T13 + 2 * MINUTE, elements);
    assert.deepEqual(await bench.carry([raw], '20230420T131500.000Z'), [HOUR_12, HOUR_13]);
    const segment = decodeSegment(await unpacked(segmentKey(DATASET, HOUR_13, '20230420T131500.000Z', 0)));
    assert.deepEqual(segment.raws, [raw]);
    assert.deepEqual(
      segment.entries.map(({ id, index, key }) => [id, index, key]),
      [
        [3, 2, DEMO_KEY_ID],
        [4, 3, DEMO_KEY_ID],
        [5, 4, DEMO_KEY_ID],
        [6, 5, DEMO_KEY_ID],
      ],
    );
  });

  it('leave the same bytes when everything runs twice', async () => {
    const raws = [
      await bench.archive(T13 + 1, [...envelopes(1, 5, T13 - 2_000), 'no envelope']),
      await bench.archive(T13 + 2, [...envelopes(3, 8, T13), { recordId: 9, data: 'no token' }]),
    ];
    await bench.carry(raws);
    const first = { ...(await bench.hashes('segments/')), ...(await bench.hashes('quarantine/')) };
    assert.equal(Object.keys(first).length, 4);
    await bench.carry(raws);
    assert.deepEqual({ ...(await bench.hashes('segments/')), ...(await bench.hashes('quarantine/')) }, first);
  });

  it('give the same references for the same input, so that a retry overwrites itself', async () => {
    const raws = [await bench.archive(T13 + 1, envelopes(1, 5, T13))];
    const scratch = bench.scratch();
    const { activities } = bench;
    const run = async () => {
      const decrypted = await activities.decrypt({ ...scratch, raws });
      const compacted = await activities.compact({ ...scratch, decrypted: decrypted.decrypted });
      const parts = await activities.partition({
        ...scratch,
        compacted: compacted.compacted,
        slot: 's',
        n: 0,
      });
      const packed = await activities.gzip({ ...scratch, bundle: parts.bundle });
      return [decrypted, compacted, parts, packed, await activities.upload({ dataset: DATASET, ...packed })];
    };
    assert.deepEqual(await run(), await run());
  });

  it('count what they carry and refuse, and tell the newest event', async () => {
    const raws = [
      await bench.archive(T13 + 1, [
        envelope(1, T13),
        envelope(2, T13 + 5_000, { inDate: 'yesterday' }),
        envelope(3, T13 + 3_000),
        { recordId: 4, data: 'gAAAAA' },
        null,
      ]),
    ];
    const scratch = bench.scratch();
    const { decrypted } = await bench.activities.decrypt({ ...scratch, raws });
    assert.equal(decrypted.records, 3);
    const { elements, entries, refused, newestEventMs, compacted } = await bench.activities.compact({
      ...scratch,
      decrypted,
    });
    assert.deepEqual([elements, entries], [5, 2]);
    assert.deepEqual(refused, { 'malformed-envelope': 1, undecryptable: 1, 'bad-time': 1 });
    assert.equal(newestEventMs, T13 + 3_000);
    const { hours } = await bench.activities.partition({ ...scratch, compacted, slot: 's', n: 0 });
    assert.deepEqual(hours, [HOUR_13]);
  });

  it('stage one blob each, whatever an answer holds', async () => {
    const raw = await bench.archive(T13 + 1, [
      envelope(1, T13 - 1),
      envelope(2, T13),
      { recordId: 3, data: 'x' },
    ]);
    await bench.carry([raw]);
    assert.equal((await bench.keys('segments/')).length, 2);
    const staged = (await bench.keys('staging/')).map((key) => key.slice(key.lastIndexOf('/') + 1));
    assert.deepEqual(staged.sort(), ['bundle', 'compacted', 'decrypted', 'packed']);
  });

  it('quarantine each bad record with its envelope and the rule, and carry the others', async () => {
    const torn = { recordId: 2, data: 'gAAAAA-not-a-token' };
    const raw = await bench.archive(T13 + 1, [envelope(1, T13), torn, [1], envelope(3, T13)]);
    await bench.carry([raw]);
    const entries = decodeQuarantine(await unpacked(quarantineKey(DATASET, raw)));
    assert.deepEqual(
      entries.map(({ reason, index, envelope: kept, raw: of }) => [reason, index, kept, of]),
      [
        ['undecryptable', 1, torn, raw],
        ['malformed-envelope', 2, [1], raw],
      ],
    );
    assert.equal((await bench.keys('segments/')).length, 1);
  });

  it('open tokens of every key in the ring and note which one it was; none of the others', async () => {
    const other = createMint(OTHER_KEY);
    const raw = await bench.archive(T13 + 1, [envelope(1, T13), envelope(2, T13, {}, other)]);
    await bench.carry([raw], 'before');
    const before = decodeSegment(await unpacked(segmentKey(DATASET, HOUR_13, 'before', 0)));
    assert.deepEqual(
      before.entries.map(({ id }) => id),
      [1],
    );
    const ring = createKeyRing([OTHER_KEY, DEMO_KEY]);
    await bench.with({ keyRing: async () => ring }).carry([raw], 'after');
    const after = decodeSegment(await unpacked(segmentKey(DATASET, HOUR_13, 'after', 0)));
    assert.deepEqual(
      after.entries.map(({ id, key }) => [id, key]),
      [
        [1, DEMO_KEY_ID],
        [2, OTHER_KEY_ID],
      ],
    );
  });

  it('report answers that are damaged, apart from those that are gone, and carry the rest', async () => {
    const good = await bench.archive(T13 + 1, envelopes(1, 2, T13));
    const gone = await bench.archive(T13 + 2, envelopes(3, 4, T13));
    const flipped = await bench.archive(T13 + 3, envelopes(5, 6, T13));
    const swapped = await bench.archive(T13 + 4, envelopes(7, 8, T13));
    await bench.storage.delete([rawKey(DATASET, gone)]);
    await bench.storage.put(rawKey(DATASET, flipped), Buffer.from('no gzip'));
    await bench.storage.put(rawKey(DATASET, swapped), (await bench.storage.get(rawKey(DATASET, good))).body);
    const scratch = bench.scratch();
    const raws = [good, gone, flipped, swapped];
    const { decrypted } = await bench.activities.decrypt({ ...scratch, raws });
    const lost = await bench.activities.compact({ ...scratch, decrypted });
    const keyOf = (name: string): string => rawKey(DATASET, name);
    assert.deepEqual([lost.gone, lost.damaged], [[keyOf(gone)], [flipped, swapped].map(keyOf)]);
    assert.equal(lost.entries, 2);
  });

  it('say that a staged blob is gone, or is not what was written, at every step', async () => {
    const raws = [await bench.archive(T13 + 1, envelopes(1, 2, T13))];
    const scratch = bench.scratch();
    const { decrypted } = await bench.activities.decrypt({ ...scratch, raws });
    const key = decrypted.uri.slice(bench.storage.uri.length + 1);
    const again = () => bench.activities.compact({ ...scratch, decrypted });
    await bench.storage.put(key, Buffer.from('something else'));
    await assert.rejects(again(), failsAs('StagedBlobGone', 'terminal', /changed by somebody else/));
    await bench.storage.delete([key]);
    await assert.rejects(again(), failsAs('StagedBlobGone', 'terminal', /is gone/));
    const gone = { ...decrypted, uri: `${bench.storage.uri}/staging/logs/nowhere` };
    await assert.rejects(
      bench.activities.partition({ ...scratch, compacted: gone, slot: 's', n: 0 }),
      failsAs('StagedBlobGone', 'terminal'),
    );
    await assert.rejects(
      bench.activities.gzip({ ...scratch, bundle: gone }),
      failsAs('StagedBlobGone', 'terminal'),
    );
    await assert.rejects(
      bench.activities.upload({ dataset: DATASET, bundle: gone }),
      failsAs('StagedBlobGone', 'terminal'),
    );
  });

  it('refuse a reference into another lake', async () => {
    const bundle = { uri: 's3://other/staging/logs/x', sha256: '', bytes: 0, records: 0 };
    await assert.rejects(
      bench.activities.upload({ dataset: DATASET, bundle }),
      failsAs('StorageKey', 'terminal', /another FERNLAKE_LAKE/),
    );
  });

  it('carry nothing where there is nothing', async () => {
    assert.deepEqual(await bench.carry([]), []);
    const empty = await bench.archive(T13, []);
    assert.deepEqual(await bench.carry([empty]), []);
    assert.deepEqual([...(await bench.keys('segments/')), ...(await bench.keys('quarantine/'))], []);
  });

  it('keep plaintext out of everything but staging and segments', async () => {
    const raw = await bench.archive(T13 + 1, [envelope(1, T13), { recordId: 2, data: 'x' }]);
    await bench.carry([raw]);
    for (const key of [...(await bench.keys('raw/')), ...(await bench.keys('quarantine/'))])
      assert.doesNotMatch(await unpacked(key), /user_id/);
  });
});
