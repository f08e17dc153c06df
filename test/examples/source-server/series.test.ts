import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createSeries,
  generatedRecord,
  seriesOptions,
  type SeriesOptions,
} from '../../../examples/source-server/index.js';

const HOUR_MS = 3_600_000;
const ANCHOR_MS = Date.parse('2023-05-20T13:07:00Z');
const START_MS = Date.parse('2023-04-20T13:45:00Z');

const series = (given: Partial<SeriesOptions> = {}): ReturnType<typeof createSeries> =>
  createSeries(seriesOptions({ anchorMs: ANCHOR_MS, startMs: START_MS, ...given }, ANCHOR_MS));

describe('the generated records', () => {
  it('look like the real ones', () => {
    const { plaintext, record } = series().recordAt(0);
    assert.match(
      plaintext,
      /^\{'user_id': '[0-9a-f]{64}', 'record_id': 2462380, 'activity': '(view|cart|purchase)', 'url': '\/api\/products\/product\/', 'method': 'POST', 'name': 'json_logger', 'inDate': '2023-04-20T13:45:00\.000Z', 'detail': \{'message': 'POST (view|cart|purchase)', 'levelname': 'INFO'\}\}$/,
    );
    assert.equal(record.detail.message, `POST ${record.activity}`);
  });

  it('depend on seed, number and options alone', () => {
    const options = { seed: 7, anchorMs: ANCHOR_MS, startMs: START_MS };
    const forward = series({ seed: 7 });
    const all = Array.from({ length: 300 }, (_, n) => forward.recordAt(n));
    for (let n = 299; n >= 0; n -= 7) assert.deepEqual(generatedRecord(n, options), all[n]);
    assert.notDeepEqual(generatedRecord(5, { ...options, seed: 8 }).record, all[5]?.record);
  });

  it("have the capture's shares of activities: 77 % view, 13 % cart, 10 % purchase", () => {
    const counts: Record<string, number> = {};
    const made = series();
    for (let n = 0; n < 20_000; n++) {
      const { activity } = made.recordAt(n).record;
      counts[activity] = (counts[activity] ?? 0) + 1;
    }
    for (const [activity, share] of [
      ['view', 0.77],
      ['cart', 0.13],
      ['purchase', 0.1],
    ] as const) {
      assert.ok(
        Math.abs((counts[activity] ?? 0) / 20_000 - share) < 0.01,
        `${activity}: ${counts[activity]}`,
      );
    }
  });

  it("have 1,000 users who return as the capture's do: 484 of them in 500 records, none before 90", () => {
    const made = series();
    const users = Array.from({ length: 10_000 }, (_, n) => made.recordAt(n).record.user_id);
    assert.equal(new Set(users).size, 1_000);
    const windows = Array.from({ length: 19 }, (_, w) => new Set(users.slice(w * 500, w * 500 + 500)).size);
    const mean = windows.reduce((sum, size) => sum + size, 0) / windows.length;
    assert.ok(Math.abs(mean - 484) < 8, `mean ${mean} of ${windows.join(', ')}`);
    const soon = users.filter((user, n) => users.slice(Math.max(0, n - 60), n).includes(user)).length;
    assert.ok(soon < 30, `${soon} returned within 60 records`);
  });

  it('come 0.3 s to 2 s apart, 1.68 a second on average', () => {
    const made = series();
    const times = Array.from({ length: 6_400 }, (_, n) => made.recordAt(n).eventMs);
    const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
    assert.ok(
      Math.min(...gaps) >= 230 && Math.max(...gaps) <= 2_500,
      `${Math.min(...gaps)} to ${Math.max(...gaps)} ms`,
    );
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    assert.ok(Math.abs(6_399 / seconds - 1.68) < 0.01);
  });
});

describe('the time line of the records', () => {
  it('shows one record at the start, and each at the very instant when it is due', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0.1, max: 200, noNaN: true }),
        (index, history, rate) => {
          const profile = [
            { fromMs: 10_000, toMs: 30_000, factor: 10 },
            { fromMs: 60_000, toMs: 90_000, factor: 0 },
          ];
          const made = series({ history, rate, profile });
          assert.equal(made.newestIndex(0), history - 1);
          const due = made.dueMs(index);
          assert.ok(made.newestIndex(due + 1e-3) >= index);
          if (index > 0) assert.ok(made.newestIndex(due - 1e-3) < index);
        },
      ),
    );
  });

  it('passes an event hour in a wall minute at speed 60', () => {
    const made = series({ speed: 60, rate: 20 });
    const index = made.newestIndex(60_000);
    assert.ok(Math.abs(made.recordAt(index).eventMs - START_MS - HOUR_MS) < 60_000);
  });

  it('never runs ahead of the wall clock', () => {
    const made = series({ speed: 3_600, rate: 10, startMs: ANCHOR_MS - 5 * HOUR_MS });
    for (const elapsedMs of [0, 1_000, 4_000, 6_000, 10_000, 3_600_000]) {
      const newest = made.recordAt(made.newestIndex(elapsedMs));
      assert.ok(newest.eventMs <= ANCHOR_MS + elapsedMs);
    }
    assert.ok(made.recordAt(made.newestIndex(3_600_000)).eventMs > ANCHOR_MS + 3_590_000);
  });

  it('starts 30 days ago by default, 15 minutes before the first hour ends', () => {
    const { startMs } = seriesOptions({}, ANCHOR_MS);
    assert.equal(new Date(startMs).toISOString(), '2023-04-20T13:45:00.000Z');
  });

  it('has ten times the records in a burst, and none in a lull', () => {
    const made = series({
      rate: 10,
      profile: [
        { fromMs: 60_000, toMs: 80_000, factor: 10 },
        { fromMs: 100_000, toMs: 110_000, factor: 0 },
      ],
    });
    const between = (fromMs: number, toMs: number): number =>
      made.newestIndex(toMs) - made.newestIndex(fromMs);
    assert.ok(Math.abs(between(60_000, 80_000) - 2_000) <= 12);
    assert.ok(Math.abs(between(80_000, 100_000) - 200) <= 12);
    assert.equal(between(100_001, 109_999), 0);
  });

  it('leaves out ids where it jumps', () => {
    const made = series({
      firstId: 100,
      jumps: [
        { at: 5, by: 1_000 },
        { at: 8, by: 7 },
      ],
    });
    assert.deepEqual(
      [4, 5, 7, 8].map((index) => made.idOf(index)),
      [104, 1_105, 1_107, 1_115],
    );
    for (let index = 0; index < 20; index++) assert.equal(made.indexOf(made.idOf(index)), index);
    for (const id of [99, 105, 1_104, 1_108, 1_114]) assert.equal(made.indexOf(id), undefined);
  });

  it('has late records, hours back, in the share asked for', () => {
    const late = series({ late: [{ share: 0.1, byMs: 4 * HOUR_MS }] });
    const onTime = series();
    const shifts = Array.from(
      { length: 2_000 },
      (_, n) => onTime.recordAt(n).eventMs - late.recordAt(n).eventMs,
    );
    const moved = shifts.filter((shift) => shift > 0);
    assert.ok(Math.abs(moved.length - 200) < 50, `${moved.length}`);
    assert.ok(moved.every((shift) => shift >= 2 * HOUR_MS && shift <= 4 * HOUR_MS));
  });
});
