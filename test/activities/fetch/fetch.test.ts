import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../../examples/source-server/index.js';
import { createActivities } from '../../../src/activities/index.js';
import { sha256Of } from '../../../src/bytes/sha256.js';
import { gunzip } from '../../../src/bytes/gzip.js';
import { rawKey } from '../../../src/lake/keys.js';
import { diarySource } from '../../support/diary-source.js';
import { Bench, DATASET, envelope, T13 } from '../bench.js';
import { failsAs } from '../seal/fails-as.js';
import { busy, faulty, once } from '../faulty-storage.js';

describe('fetch', () => {
  let bench: Bench;
  let api: SourceServer | undefined;

  async function serve(options: Parameters<typeof createSourceServer>[0]): Promise<void> {
    api = await createSourceServer(options);
    bench = await Bench.open({ source: diarySource({ url: api.url }) });
  }
  afterEach(async () => {
    await bench.close();
    await api?.close();
  });

  const archived = async (name: string): Promise<Buffer> =>
    await gunzip((await bench.storage.get(rawKey(DATASET, name))).body, 1e9);

  it('asks when it is due, not before, and not much later where a clock is off', async () => {
    await serve({ history: 3 });
    const fromMs = Date.now();
    const dueAtMs = fromMs + 400;
    const { observation } = await bench.activities.fetch({ dataset: DATASET, afterId: null, dueAtMs });
    assert(observation.askedAtMs >= dueAtMs - 2, `${observation.askedAtMs - fromMs} ms`);
    const farOff = await bench.activities.fetch({
      dataset: DATASET,
      afterId: null,
      dueAtMs: fromMs + 3_600_000,
    });
    assert(farOff.observation.askedAtMs - fromMs < 10_000);
  });

  it('archives the answer byte for byte, as odd as it may be', async () => {
    const body = `[ {"recordId" : 7.0e0, "data":"x\\u00e9é", "more":[1,\t2]} ,null,\n"no record"]\n`;
    await serve({ respond: () => ({ body }) });
    const { raw, name, observation } = await bench.activities.fetch({ dataset: DATASET, afterId: null });
    assert.equal((await archived(name)).toString(), body);
    assert.equal(observation.bodySha256, sha256Of(Buffer.from(body)));
    assert.equal(name.split('-')[1], observation.bodySha256.slice(0, 12));
    assert.equal(raw.uri, `${bench.storage.uri}/${rawKey(DATASET, name)}`);
    assert.equal(raw.records, 3);
    const stored = await bench.storage.get(rawKey(DATASET, name));
    assert.equal(raw.sha256, sha256Of(stored.body));
    assert.equal(raw.bytes, stored.bytes);
  });

  it('leaves the tokens encrypted in the archive', async () => {
    await serve({ history: 5, rate: 0.001 });
    const { name } = await bench.activities.fetch({ dataset: DATASET, afterId: null });
    const text = (await archived(name)).toString();
    assert.match(text, /"data":"gAAAAA/);
    assert.doesNotMatch(text, /user_id|json_logger/);
  });

  it('says which ids it saw, and how many are new since the poll before', async () => {
    await serve({ history: 150, rate: 0.001, firstId: 1000 });
    const all = await bench.activities.fetch({ dataset: DATASET, afterId: null });
    assert.deepEqual(
      [all.observation.oldestId, all.observation.newestId, all.observation.fresh, all.observation.records],
      [1050, 1149, 100, 100],
    );
    const some = await bench.activities.fetch({ dataset: DATASET, afterId: 1140 });
    assert.equal(some.observation.fresh, 9);
    assert(some.observation.askedAtMs <= some.fetchedAtMs);
  });

  it('gives elements that are no envelope no say in the ids, and counts an id that is shown twice once', async () => {
    const good = envelope(10, T13);
    await serve({ mutate: () => [good, good, null, { recordId: 99 }, { recordId: '98', data: 'x' }, 97] });
    const { observation } = await bench.activities.fetch({ dataset: DATASET, afterId: null });
    assert.deepEqual([observation.oldestId, observation.newestId, observation.fresh], [10, 10, 1]);
    assert.equal(observation.records, 6);
  });

  it('takes an empty window for an answer', async () => {
    await serve({ mutate: () => [] });
    const { observation, name } = await bench.activities.fetch({ dataset: DATASET, afterId: 5 });
    assert.deepEqual(observation.newestId, null);
    assert.equal((await archived(name)).toString(), '[]');
  });

  it('finds the same answer of the same moment in the archive and is content', async () => {
    await serve({});
    const body = Buffer.from('[]');
    const fetchedAtMs = T13;
    const frozen = bench.with({
      source: { poll: async () => ({ body, envelopes: [], status: 200, fetchedAtMs, elapsedMs: 1 }) },
    });
    const first = await frozen.activities.fetch({ dataset: DATASET, afterId: null });
    assert.deepEqual(await frozen.activities.fetch({ dataset: DATASET, afterId: null }), first);
    assert.equal((await bench.keys('raw/')).length, 1);
  });

  it('keeps two answers apart that differ in their tokens alone', async () => {
    await serve({ history: 3, rate: 0.001 });
    await bench.activities.fetch({ dataset: DATASET, afterId: null });
    await bench.activities.fetch({ dataset: DATASET, afterId: null });
    assert.equal((await bench.keys('raw/')).length, 2);
  });

  it('fails, and can be tried again, where the archive does not take the answer', async () => {
    await serve({ history: 3, rate: 0.001 });
    const { storage } = faulty(
      bench.storage,
      once(({ operation }) => operation === 'put', busy),
    );
    const shaky = bench.with({ storage });
    await assert.rejects(
      shaky.activities.fetch({ dataset: DATASET, afterId: null }),
      failsAs('StorageBusy', 'transient'),
    );
    assert.deepEqual(await bench.keys('raw/'), []);
    await shaky.activities.fetch({ dataset: DATASET, afterId: null });
    assert.equal((await bench.keys('raw/')).length, 1);
  });

  it('archives nothing of a refusal, and passes its status and patience on; but each body of a 2xx, whatever it is', async () => {
    await serve({ retryAfterSeconds: 7 });
    api?.script(['503', 'html', '401']);
    const fetchOnce = () => bench.activities.fetch({ dataset: DATASET, afterId: null });
    await assert.rejects(fetchOnce(), (error: unknown) => {
      assert(failsAs('SourceAnswer', 'terminal', /503/)(error));
      const [details] = (error as { details?: { retryAfterMs?: unknown }[] }).details ?? [];
      assert.equal(details?.retryAfterMs, 7_000);
      return true;
    });
    let raw: string | undefined;
    await assert.rejects(fetchOnce(), (error: unknown) => {
      assert(failsAs('SourceAnswer', 'terminal', /answered 200 with an HTML page of \d+ bytes/)(error));
      raw = (error as { details?: { raw?: string }[] }).details?.[0]?.raw;
      return true;
    });
    await assert.rejects(fetchOnce(), failsAs('SourceRefused', 'terminal', /401/));
    assert.deepEqual(await bench.keys('raw/'), [rawKey(DATASET, raw ?? '')]);
    assert.match((await archived(raw ?? '')).toString(), /Service temporarily unavailable/);
  });

  it('lets go of a silent source at once when the run is cancelled', async () => {
    await serve({});
    api?.script(['silent']);
    const environment = new MockActivityEnvironment();
    const activities = createActivities(() => bench.deps);
    const running = environment.run(() => activities.fetch({ dataset: DATASET, afterId: null }));
    setTimeout(() => environment.cancel(), 200);
    const startedMs = performance.now();
    await assert.rejects(running, { name: 'CancelledFailure' });
    assert(performance.now() - startedMs < 5_000);
  });

  it('serves a demonstration key that opens what was archived', async () => {
    await serve({ history: 3, rate: 0.001 });
    assert.equal(api?.key, DEMO_KEY);
    const { name } = await bench.activities.fetch({ dataset: DATASET, afterId: null });
    const { decrypted } = await bench.activities.decrypt({ ...bench.scratch(), raws: [name] });
    assert.equal(decrypted.records, 3);
  });
});
