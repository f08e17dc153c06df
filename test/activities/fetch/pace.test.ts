import assert from 'node:assert/strict';
import type { Observation } from '../../../src/activities/fetch/observation.js';
import { initialPace, nextPace, type PaceLimits } from '../../../src/activities/fetch/pace.js';
import { clumped, daily, regular, scattered, seeded, stepwise } from './pace-arrivals.js';
import { effort, simulate, type Simulation, type SimulationResult, WINDOW } from './pace-simulation.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The rate of the real source (5,150 records in 51 minutes). */
const REAL_RATE = 1.68;
const EFFORT_MAX = 2.2;

const steady = (perSecond: number) => stepwise([{ fromMs: 0, perSecond }]);

/** Prints the line that docs/decisions/0004-pace.md shows, and checks what holds of every run. */
function run(name: string, options: Simulation): SimulationResult {
  const result = simulate(options);
  assert.deepEqual(result.told, result.real, 'every loss is told at once, with its exact ids, and no other');
  const { records, polls, lostRecords } = result;
  console.log(
    `      | ${name} | ${options.hours.toLocaleString('en', { maximumFractionDigits: 1 })} | ${records.toLocaleString('en')} | ${polls.toLocaleString('en')} | ${effort(result).toFixed(2)} | ${lostRecords.toLocaleString('en')} |`,
  );
  return result;
}

const ENOUGH = [
  [0.1, 1000],
  [0.3, 500],
  [1, 500],
  [REAL_RATE, 500],
  [5, 200],
  [15, 100],
  [50, 50],
  [100, 30],
  [150, 20],
] as const;

describe('the pace, simulated with a window of 100', function () {
  this.timeout(60_000);

  before(() => console.log('      | case | hours | records | polls | polls / least possible | lost |'));

  for (const [rate, hours] of ENOUGH) {
    it(`loses nothing of ${rate} records/s and asks at most 2.2 times as often as it must`, () => {
      const random = seeded(rate * 1000);
      const arrivals = [regular(steady(rate)), scattered(steady(rate), random)];
      arrivals.forEach((each, i) => {
        const name = `${rate}/s ${i === 0 ? 'evenly' : 'scattered'}`;
        const result = run(name, { arrivals: each, hours, random });
        assert.equal(result.lostRecords, 0);
        assert.equal(result.rewinds, 0);
        // Below 100 * 0.46 / 300 s = 0.153/s the longest interval is the limit, and polls come at that.
        const least = rate < 0.153 ? (hours * HOUR_MS) / 300_000 / (result.records / WINDOW) : EFFORT_MAX;
        assert.ok(effort(result) <= least * 1.01, `effort ${effort(result)}`);
      });
    });
  }

  it('keeps up with records that come in clumps', () => {
    for (const size of [10, 30, 50]) {
      const random = seeded(size);
      const result = run(`${REAL_RATE}/s in clumps of ${size}`, {
        arrivals: clumped(steady(REAL_RATE), size),
        hours: 100,
        random,
      });
      assert.equal(result.lostRecords, 0);
      assert.ok(effort(result) <= 2.4);
    }
  });

  it('follows a rate that swings through 0.1 to 1.9 times its mean each day', () => {
    for (const rate of [REAL_RATE, 15, 60]) {
      const random = seeded(7);
      const result = run(`${rate}/s swinging`, {
        arrivals: scattered(daily(rate), random),
        hours: 96,
        random,
      });
      assert.equal(result.lostRecords, 0);
      assert.ok(effort(result) <= EFFORT_MAX);
    }
  });

  for (const rate of [0.1, 1, REAL_RATE, 5, 15]) {
    it(`notices on the next poll that a burst of 10 times ${rate}/s outran it, then loses no more`, () => {
      const total = { runs: 200, losses: 0, again: 0, lost: 0, polls: 0, records: 0 };
      for (let seed = 1; seed <= total.runs; seed += 1) {
        const random = seeded(seed);
        const fromMs = HOUR_MS + random() * HOUR_MS;
        const toMs = fromMs + 10 * MINUTE_MS;
        const expected = stepwise([
          { fromMs: 0, perSecond: rate },
          { fromMs, perSecond: rate * 10 },
          { fromMs: toMs, perSecond: rate },
        ]);
        // After the burst the pace is itself again when 10 windows have passed (10 minutes at 1.68/s).
        const lateFromMs = toMs + ((10 * WINDOW) / rate) * 1000;
        const hours = (lateFromMs + ((20 * WINDOW) / rate) * 1000) / HOUR_MS;
        const result = simulate({ arrivals: scattered(expected, random), hours, random, lateFromMs });
        assert.deepEqual(result.told, result.real);
        const [first] = result.real;
        const usualMs = Math.min(300_000, ((WINDOW * 0.46) / rate) * 1000);
        if (first) assert.ok(first.atMs > fromMs && first.atMs < fromMs + 1.5 * usualMs, 'on the next poll');
        total.losses += Math.min(1, result.real.length);
        total.again += result.real.length > 1 ? 1 : 0;
        total.lost += result.lostRecords;
        total.polls += result.late.polls;
        total.records += result.late.records;
      }
      const { runs, losses, again, lost } = total;
      const after = effort(total);
      console.log(
        `      burst of 10 times ${rate}/s, ${runs} times: ${losses} lost records (${Math.round(lost / runs)} on average), ${again} twice; polls / least possible from 10 windows after it: ${after.toFixed(2)}`,
      );
      assert.ok(losses > runs / 2, 'the bursts are hard enough to prove something');
      assert.ok(again <= runs / 50, `${again} runs lost twice`);
      assert.ok(after <= (rate < 0.153 ? 3.4 : EFFORT_MAX), `effort ${after} after the burst`);
    });
  }

  for (const minutes of [2, 10, 45, 8 * 60]) {
    it(`loses nothing when a stall of ${minutes} minutes ends and the source goes on at its rate`, () => {
      const total = { runs: 0, hit: 0, lost: 0, records: 0 };
      for (const rate of [0.5, REAL_RATE, 15, 100]) {
        for (let seed = 1; seed <= (minutes > 60 ? 15 : 60); seed += 1) {
          const random = seeded(seed);
          const fromMs = HOUR_MS / 2 + random() * HOUR_MS;
          const toMs = fromMs + minutes * MINUTE_MS;
          const expected = stepwise([
            { fromMs: 0, perSecond: rate },
            { fromMs, perSecond: 0 },
            { fromMs: toMs, perSecond: rate },
          ]);
          const hours = (toMs + 20 * MINUTE_MS) / HOUR_MS;
          const result = simulate({ arrivals: scattered(expected, random), hours, random });
          assert.deepEqual(result.told, result.real);
          total.runs += 1;
          total.hit += Math.min(1, result.lostRecords);
          total.lost += result.lostRecords;
          total.records += result.records;
        }
      }
      const { runs, hit, lost, records } = total;
      console.log(
        `      stall of ${minutes} min, ${runs} times: ${hit} lost records, ${lost} of ${records.toLocaleString('en')}`,
      );
      assert.equal(lost, 0);
    });
  }

  it('tells exactly what a backlog pushed out that comes all at once when a stall ends', () => {
    const random = seeded(11);
    const toMs = HOUR_MS + 20 * MINUTE_MS;
    const atOnce = Math.round((20 * MINUTE_MS * REAL_RATE) / 1000);
    const expected = stepwise([
      { fromMs: 0, perSecond: REAL_RATE },
      { fromMs: HOUR_MS, perSecond: 0 },
      { fromMs: toMs, perSecond: REAL_RATE, atOnce },
    ]);
    const result = run('stall of 20 min, then 2,016 at once', {
      arrivals: regular(expected),
      hours: 6,
      random,
    });
    assert.equal(result.real.length, 1);
    // The newest 100 at the next poll are what is left of the backlog and of what came after it.
    assert.ok(result.lostRecords > atOnce - WINDOW && result.lostRecords < atOnce);
  });

  it('tells exactly what an outage of minutes cost, and at once goes on as before', () => {
    const random = seeded(12);
    const result = run('outages of 20 s, 3 min and 30 min', {
      arrivals: scattered(steady(REAL_RATE), random),
      hours: 24,
      random,
      outages: [
        [HOUR_MS, HOUR_MS + 20_000],
        [2 * HOUR_MS, 2 * HOUR_MS + 3 * MINUTE_MS],
        [3 * HOUR_MS, 3 * HOUR_MS + 30 * MINUTE_MS],
      ],
    });
    assert.equal(result.real.length, 2, '20 s fit into the overlap');
    const outMs = 33 * MINUTE_MS;
    assert.ok(result.lostRecords < (outMs * REAL_RATE) / 1000, 'less than came in that time');
    assert.ok(effort(result) <= EFFORT_MAX + 0.05);
  });

  it('takes a jump of the ids for no loss and no burst as long as windows overlap', () => {
    const random = seeded(13);
    const result = run('ids jump by a million', {
      arrivals: scattered(steady(REAL_RATE), random),
      hours: 24,
      random,
      idOf: (n) => (n < 50_000 ? n : n + 1_000_000),
    });
    assert.equal(result.lostRecords, 0);
    assert.ok(effort(result) <= EFFORT_MAX);
  });

  it('works with ids that have holes of their own', () => {
    const random = seeded(14);
    const result = run('ids in steps of 1,000', {
      arrivals: scattered(steady(REAL_RATE), random),
      hours: 100,
      random,
      idOf: (n) => n * 1000,
      limits: { contiguousIds: false },
    });
    assert.equal(result.lostRecords, 0);
    assert.equal(result.rewinds, 0);
    assert.ok(effort(result) <= EFFORT_MAX);
  });

  it('starts over, once, with a source that was reset', () => {
    const random = seeded(15);
    const result = run('source reset', {
      arrivals: scattered(steady(REAL_RATE), random),
      hours: 24,
      random,
      resetAtMs: 12 * HOUR_MS,
    });
    assert.equal(result.rewinds, 1);
    assert.equal(result.lostRecords, 0);
    assert.ok(effort(result) <= EFFORT_MAX);
  });

  it('loses nothing in 20 hours of the real rate, where polls every 5 minutes lose four of five', () => {
    const share = (mode: PaceLimits['mode']): number => {
      const random = seeded(16);
      const arrivals = scattered(steady(REAL_RATE), random);
      const result = run(`${REAL_RATE}/s ${mode}`, { arrivals, hours: 20, random, limits: { mode } });
      return result.lostRecords / result.records;
    };
    const [paced, fixed] = [share('paced'), share('fixed')];
    console.log(
      `      lost of ${REAL_RATE}/s in 20 h: paced ${(paced * 100).toFixed(1)} %, every 5 min ${(fixed * 100).toFixed(1)} % (the diary: 78.6 %)`,
    );
    assert.equal(paced, 0);
    assert.ok(fixed > 0.78 && fixed < 0.82, `lost ${fixed}`);
  });
});

describe('one step of the pace', () => {
  const limits: PaceLimits = { pollMinMs: 1_000, pollMaxMs: 300_000, mode: 'paced', contiguousIds: true };
  let sha = 0;
  const shows = (askedAtMs: number, oldestId: number, newestId: number, fresh: number): Observation => {
    sha += 1;
    const records = newestId - oldestId + 1;
    return { askedAtMs, records, oldestId, newestId, fresh, bodySha256: `body ${sha}` };
  };
  const first = nextPace(initialPace, shows(0, 1, 100, 100), limits).state;
  const second = nextPace(first, shows(10_000, 21, 120, 20), limits).state;

  it('asks again as soon as allowed after the first poll, to learn the rate', () => {
    assert.equal(first.dueAtMs, 1_000);
    assert.equal(first.ratePerSecond, null);
    assert.equal(second.ratePerSecond, 2);
  });

  it('reports the share of the window that was known', () => {
    assert.equal(nextPace(first, shows(10_000, 21, 120, 20), limits).overlap, 0.8);
  });

  it('calls windows that touch no loss, and windows that do not one, whether ids may have holes or not', () => {
    for (const contiguousIds of [true, false]) {
      const either = { ...limits, contiguousIds };
      assert.equal(nextPace(second, shows(60_000, 121, 220, 100), either).lost, null);
      assert.deepEqual(nextPace(second, shows(60_000, 122, 221, 100), either).lost, { from: 121, to: 121 });
    }
  });

  it('names the lost ids and asks again at once', () => {
    const step = nextPace(second, shows(120_000, 341, 440, 100), limits);
    assert.deepEqual(step.lost, { from: 121, to: 340 });
    assert.equal(step.overlap, 0);
    assert.equal(step.state.dueAtMs, 121_000);
  });

  it('paces by the set of ids where these are text, and tells a window that shows none of the one before', () => {
    const texts = (askedAtMs: number, fresh: number, overlaps: boolean | null): Observation => {
      sha += 1;
      const window = shows(askedAtMs, 1, 100, fresh);
      const texts = { answer: `answer ${sha}`, shown: 100, overlaps };
      return { ...window, oldestId: null, newestId: null, texts };
    };
    const begun = nextPace(initialPace, texts(0, 100, null), limits);
    assert.deepEqual([begun.lost, begun.passed, begun.state.dueAtMs], [null, false, 1_000]);
    const next = nextPace(begun.state, texts(10_000, 20, true), limits);
    assert.deepEqual([next.state.window, next.state.ratePerSecond, next.passed], [100, 2, false]);
    const passed = nextPace(next.state, texts(120_000, 100, false), limits);
    assert.deepEqual([passed.lost, passed.passed, passed.overlap], [null, true, 0]);
    assert.ok(passed.state.dueAtMs < 122_000);
    assert.deepEqual([passed.state.newestId, passed.state.shownBy], [null, `answer ${sha}`]);
    // An empty answer does not make the next one a stranger; ids that are numbers are told by themselves.
    const nothing = { records: 0, oldestId: null, newestId: null, fresh: 0, bodySha256: 'empty' };
    const still = nextPace(passed.state, { ...nothing, askedAtMs: 121_000 }, limits).state;
    assert.equal(still.shownBy, `answer ${sha}`);
    assert.equal(nextPace(still, shows(130_000, 1, 100, 100), limits).state.shownBy, null);
  });

  it('asks an empty source less and less often, up to the longest interval', () => {
    let state = initialPace;
    const intervals: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const nothing = { records: 0, oldestId: null, newestId: null, fresh: 0, bodySha256: 'empty' };
      state = nextPace(state, { ...nothing, askedAtMs: state.dueAtMs }, limits).state;
      intervals.push(state.intervalMs);
    }
    assert.deepEqual(intervals.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
    assert.equal(intervals.at(-1), 300_000);
  });

  it('does not forget the window over empty answers', () => {
    let state = second;
    for (let i = 0; i < 50; i += 1) {
      const nothing = { records: 0, oldestId: null, newestId: null, fresh: 0, bodySha256: 'empty' };
      state = nextPace(state, { ...nothing, askedAtMs: state.dueAtMs }, limits).state;
    }
    assert.equal(state.window, 100);
    assert.equal(state.newestId, 120);
    assert.equal(state.intervalMs, 25_000);
  });

  it('takes an answer that lags behind a little for no reset', () => {
    const step = nextPace(second, shows(20_000, 19, 118, 0), limits);
    assert.equal(step.rewound, false);
    assert.equal(step.state.newestId, 120);
  });

  it('takes ids that went back by more than a window for another source, and forgets the rate', () => {
    const step = nextPace(second, shows(20_000, 1, 15, 0), limits);
    assert.equal(step.rewound, true);
    assert.equal(step.lost, null);
    assert.equal(step.state.newestId, 15);
    assert.equal(step.state.ratePerSecond, null);
    assert.equal(step.state.dueAtMs, 21_000);
  });

  it('measures nothing by a clock that went back', () => {
    const step = nextPace(second, shows(9_000, 31, 130, 10), limits);
    assert.equal(step.state.ratePerSecond, 2);
  });

  it('makes up for a poll that left late', () => {
    assert.equal(second.dueAtMs, 11_000);
    const onTime = nextPace(second, shows(11_000, 23, 122, 2), limits).state;
    const late = nextPace(second, shows(11_500, 24, 123, 3), limits).state;
    assert.deepEqual([onTime.intervalMs, late.intervalMs], [4_000, 4_000]);
    assert.deepEqual([onTime.dueAtMs, late.dueAtMs], [15_000, 15_000]);
  });

  it('says stalled only after several polls with new tokens, in which a window was to be expected', () => {
    const stalledWith = (bodyOf: (i: number) => string): boolean[] => {
      let state = second;
      return Array.from({ length: 8 }, (_, i) => {
        const still = shows(state.dueAtMs, 21, 120, 0);
        const step = nextPace(state, { ...still, bodySha256: bodyOf(i) }, limits);
        state = step.state;
        return step.stalled;
      });
    };
    const fresh = stalledWith((i) => `token ${i}`);
    assert.deepEqual([fresh[0], fresh.at(-1)], [false, true]);
    assert.ok(!stalledWith(() => 'cached').includes(true), 'a cached answer is no stalled source');
  });
});
