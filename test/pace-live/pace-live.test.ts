import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { scheduleHandle, triggerSchedule } from '../../src/schedule.js';
import { until } from '../support/until.js';
import { etlRuns, resultOf } from '../workflows/etl-runs.js';
import { type LiveRun, longestGapMs, pollShare, runLive } from './steady.js';

/** `npm run test:pace`: every rate, over many slots. Otherwise one rate, a few slots. */
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Short slots, so that the next run takes over from the last one many times. */
const SLOT_MS = 5_000;
const SETTINGS = { FERNLAKE_SLOT: `${SLOT_MS}ms`, FERNLAKE_POLL_MIN: '100ms' };
/** The first polls know nothing yet: see docs/decisions/0004-pace.md. */
const KNOWN_AFTER_MS = 5_000;
const SHARE_MAX = 2.2;
/** So many polls, and the rate is known. */
const BURST_BEHIND = 6;
/** The burst, the poll that is to come at once, and one more. */
const SEEN_BEHIND = BURST_BEHIND + 4;

/** Server, worker, source and Temporal together. */
const ONE_CORE: readonly { rate: number; window: number; busy?: number }[] = [
  { rate: 400, window: 100 },
  { rate: 2_000, window: 1_000 },
  { rate: 60, window: 100, busy: 2 },
];

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('the pace, live', function () {
  this.timeout(900_000);
  const durationMs = FULL ? 120_000 : 14_000;
  /** Slow ones run at the same time; a fast one has the machine for itself. */
  const slow = FULL ? [0.1, 1.68, 15, 50] : [20];
  const fast = FULL ? [100, 150] : [];
  const live = (rate: number): Promise<LiveRun> => runLive({ rate }, durationMs, SETTINGS);
  const runs = new Map<number, LiveRun>();
  let burst: LiveRun;

  before(async () => {
    let answers = 0;
    // Half a minute passes in no time: 600 records at once, of which the window shows 100.
    const outrun = {
      rate: 20,
      nowMs: () => Date.now() + (answers > BURST_BEHIND ? 30_000 : 0),
      onAnswer: () => void (answers += 1),
    };
    const untilSeen = async (): Promise<void> =>
      void (await until('the polls behind the burst', () => answers >= SEEN_BEHIND, 120_000));
    const all = slow.map(async (rate) => runs.set(rate, await live(rate)));
    await Promise.all([
      ...all,
      runLive(outrun, durationMs, SETTINGS, untilSeen).then((run) => (burst = run)),
    ]);
  });

  for (const rate of [...slow, ...fast]) {
    it(`loses nothing of ${rate} records/s, from slot to slot`, async () => {
      const run = runs.get(rate) ?? (await live(rate));
      tell(run, rate);
      assert.deepEqual(run.missingRanges, []);
      assert.equal(run.landed, run.ids);
      assert.deepEqual(run.findings, []);
      // Below some windows' worth of records there is no pace to speak of.
      if (run.ids > 1_000)
        assert(pollShare(run, KNOWN_AFTER_MS) <= SHARE_MAX, String(pollShare(run, KNOWN_AFTER_MS)));
    });
  }

  for (const options of FULL ? ONE_CORE : []) {
    const { rate, window, busy = 0 } = options;
    it(`loses nothing of ${rate} records/s, a window of ${window}, on one core, beside ${busy} busy loops`, async () => {
      const script = path.join(import.meta.dirname, 'hand-on.js');
      const args = ['-c', '0', process.execPath, script, JSON.stringify(options)];
      const { stdout } = await promisify(execFile)('taskset', args);
      const found = stdout.trim().split('\n').at(-1) ?? '';
      console.log(`      ${found}`);
      const { missing, toldLost } = JSON.parse(found) as { missing: number; toldLost: number };
      assert.deepEqual([missing, toldLost], [0, 0]);
    });
  }

  it('loses nothing while one run has ended and the next has not begun', async () => {
    const lost: number[] = [];
    const run = await runLive(
      { rate: 50 },
      0,
      { FERNLAKE_SLOT: '10s', FERNLAKE_POLL_MIN: '100ms' },
      async (one) => {
        const ended = (n: number) =>
          until(
            `${n} runs have ended`,
            async () => {
              const runs = (await etlRuns(one)).filter(({ status }) => status.name === 'COMPLETED');
              return runs.length >= n ? runs.length : undefined;
            },
            60_000,
          );
        const before = await ended(1);
        await scheduleHandle(one.client, one.config).pause('the next run is to be late');
        // One may have begun in between.
        await until(
          'no run is left',
          async () => (await etlRuns(one)).every(({ status }) => status.name !== 'RUNNING'),
          60_000,
        );
        // A window passes in two seconds.
        await sleep(4_000);
        await triggerSchedule(one.client, one.config);
        await ended(before + 1);
        await until(
          'the late run has ended',
          async () => (await etlRuns(one)).every(({ status }) => status.name !== 'RUNNING'),
          60_000,
        );
        for (const each of await etlRuns(one)) lost.push((await resultOf(one, each)).report.lostCount);
      },
    );
    tell(run, 50);
    assert.deepEqual(run.missingRanges, []);
    assert.deepEqual(run.findings, []);
    assert.deepEqual([...new Set(lost)], [0]);
  });

  it('notices a burst that outruns the window on the very next poll, and the ledger says which ids', () => {
    const run = burst;
    tell(run, 20);
    const at = run.polls.findIndex(({ first }, i) => i > 0 && first > (run.polls[i - 1]?.last ?? first) + 1);
    assert(at > 0, 'the window moved past us');
    const gone = [(run.polls[at - 1]?.last ?? 0) + 1, (run.polls[at]?.first ?? 0) - 1];
    assert.deepEqual(run.missingRanges, [gone]);
    assert(run.missing > 300, String(run.missing));
    // The pace tightens at once: the next poll comes much sooner than the last ones did.
    const gaps = run.polls.slice(1).map(({ atMs }, i) => atMs - (run.polls[i]?.atMs ?? atMs));
    assert((gaps[at] ?? Infinity) < (gaps[at - 1] ?? 0) / 2, `${gaps[at]} ms after ${gaps[at - 1]} ms`);
    assert.deepEqual(run.findings, []);
  });
});

function tell(run: LiveRun, rate: number): void {
  const share = pollShare(run, KNOWN_AFTER_MS);
  console.log(
    `      ${rate}/s: ${run.ids} ids, ${run.polls.length} polls, ${share.toFixed(2)} times the least possible, ` +
      `longest gap ${longestGapMs(run)} ms, ${run.missing} missing`,
  );
}
