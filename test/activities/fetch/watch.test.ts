import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSourceServer, type SourceServer } from '../../../examples/source-server/index.js';
import { type FetchResult, type Polled, polledBy } from '../../../src/activities/fetch/activity.js';
import {
  initialPace,
  nextPace,
  type PaceLimits,
  type PaceState,
} from '../../../src/activities/fetch/pace.js';
import { diarySource } from '../../support/diary-source.js';
import { until } from '../../support/until.js';
import { Bench, DATASET } from '../bench.js';
import { busy, faulty } from '../faulty-storage.js';
import { failsAs } from '../seal/fails-as.js';

const LIMITS: PaceLimits = { pollMinMs: 50, pollMaxMs: 60_000, mode: 'paced', contiguousIds: true };
const WINDOW = 100;
/** A window passes in a second. */
const RATE = 100;

describe('a fetch that goes on', () => {
  let bench: Bench;
  let api: SourceServer;

  beforeEach(async () => {
    api = await createSourceServer({ rate: RATE, window: WINDOW, history: WINDOW });
    bench = await Bench.open({ source: diarySource({ url: api.url }) });
  });
  afterEach(async () => {
    await bench.close();
    await api.close();
  });

  const collect = async (
    pace: PaceState,
    { forMs = 0, lingerMs = 20_000, from = bench }: { forMs?: number; lingerMs?: number; from?: Bench } = {},
  ): Promise<readonly Polled[]> => {
    const goOn = { pace, limits: LIMITS, untilMs: Date.now() + forMs, lingerMs };
    const result: FetchResult = await from.activities.fetch({
      dataset: DATASET,
      afterId: pace.newestId,
      goOn,
    });
    return polledBy(result);
  };
  /** As the run counts on. */
  const after = (pace: PaceState, polls: readonly Polled[]): PaceState =>
    polls.reduce((known, { observation }) => {
      const { state, lost } = nextPace(known, observation, LIMITS);
      assert.equal(lost, null);
      return state;
    }, pace);

  /** Resolves once the source has not been asked for a second. */
  const silence = async (): Promise<void> => {
    let before = -1;
    await until('nobody asks any more', async () => {
      const now = api.requests();
      if (now === before) return true;
      before = now;
      await sleep(1_000);
      return false;
    });
  };

  it('asks at its pace by itself, each answer held against the one before, and archives each', async () => {
    const polls = await collect(initialPace, { forMs: 2_000 });
    assert(polls.length >= 3, `${polls.length} polls`);
    after(initialPace, polls);
    for (const [at, { observation }] of polls.entries()) {
      if (at === 0) continue;
      const before = polls[at - 1]?.observation.newestId ?? NaN;
      assert.equal(observation.fresh, (observation.newestId ?? NaN) - before);
    }
    const archived = (await bench.keys('raw/')).map((key) => key.split('/').at(-1));
    for (const { name } of polls) assert(archived.includes(`${name}.json.gz`), name);
  });

  it('asks on until somebody comes for more, who gets all of it, and again where the report was lost', async () => {
    const first = await collect(initialPace, { forMs: 500 });
    const pace = after(initialPace, first);
    // Two windows pass.
    await sleep(2_000);
    const askedMs = Date.now();
    const second = await collect(pace);
    assert(second.filter(({ fetchedAtMs }) => fetchedAtMs < askedMs).length >= 2);
    after(pace, second);
    const again = await collect(pace);
    assert.deepEqual(again.slice(0, second.length), second);
    const third = await collect(after(pace, second));
    assert(third.every(({ name }) => !second.some((known) => known.name === name)));
  });

  it('ends when nobody comes', async () => {
    await collect(initialPace, { forMs: 500, lingerMs: 300 });
    await silence();
  });

  it('ends when the answers of another worker lie in the archive', async () => {
    await collect(initialPace, { forMs: 500, lingerMs: 60_000 });
    const asked = api.requests();
    await until('it asks on', () => api.requests() > asked);
    // Another instance knows nothing of this one.
    await bench.with({}).activities.fetch({ dataset: DATASET, afterId: null });
    await silence();
  });

  it('ends with its worker, and what was asked for is answered', async () => {
    const ending = new AbortController();
    const from = bench.with({ ended: ending.signal });
    await collect(initialPace, { forMs: 300, lingerMs: 60_000, from });
    ending.abort();
    await silence();
    assert.equal((await collect(initialPace, { forMs: 5_000, from })).length, 1);
  });

  it('begins anew behind what another worker has seen', async () => {
    await collect(initialPace, { forMs: 500 });
    const [elsewhere] = polledBy(await bench.with({}).activities.fetch({ dataset: DATASET, afterId: null }));
    assert(elsewhere);
    const pace = after(initialPace, [elsewhere]);
    const polls = await collect(pace);
    assert(polls.every(({ observation }) => observation.askedAtMs > elsewhere.observation.askedAtMs));
    after(pace, polls);
  });

  it('tells a refusal that came after what it reports before it asks again', async () => {
    api.script(['ok', 'ok', '503']);
    const first = await collect(initialPace, { forMs: 5_000 });
    assert.equal(first.length, 2);
    const asked = api.requests();
    const pace = after(initialPace, first);
    await assert.rejects(collect(pace, { forMs: 5_000 }), failsAs('SourceAnswer', 'terminal', /503/));
    assert.equal(api.requests(), asked, 'nobody asked a source that has just refused');
    after(pace, await collect(pace));
  });

  it('fails where the source refuses or the archive does, and goes on where it stood', async () => {
    const first = await collect(initialPace, { forMs: 300, lingerMs: 0 });
    const pace = after(initialPace, first);
    await silence();
    api.script(['503']);
    await assert.rejects(collect(pace), failsAs('SourceAnswer', 'terminal', /503/));
    after(
      initialPace,
      [...first, ...(await collect(initialPace.askedAtMs === null ? pace : pace))].slice(0, 1),
    );
    let isBusy = true;
    const { storage } = faulty(bench.storage, ({ operation }) =>
      isBusy && operation === 'put' ? busy() : undefined,
    );
    const shaky = bench.with({ storage });
    await assert.rejects(collect(pace, { from: shaky }), failsAs('StorageBusy', 'transient'));
    isBusy = false;
    assert((await collect(pace, { from: shaky })).length >= 1);
  });
});
