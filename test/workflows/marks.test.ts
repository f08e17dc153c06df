import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arrivalMs, rawName } from '../../src/lake/keys.js';
import { advanceMarks, type Marks } from '../../src/workflows/marks.js';

const MEMORY_MS = 600_000;
const START_MS = Date.UTC(2023, 3, 20, 13);
const nothing: Marks = { processedThroughMs: null, processed: [] };
const nameAt = (ms: number, n = 0): string => rawName(START_MS + ms, n.toString(16).padStart(64, '0'));

/** What the next slot would find to carry: the rule that the survey follows. */
const listing = (archive: readonly string[], marks: Marks): string[] =>
  archive
    .filter((name) => arrivalMs(name) >= (marks.processedThroughMs ?? 0) && !marks.processed.includes(name))
    .sort();

describe('the marks of the archive', () => {
  it('forget no answer, and list none again, as long as none is stored later than they remember', () => {
    const round = fc.record({
      /** How far each new answer lies behind the clock. */
      behindMs: fc.array(fc.nat({ max: MEMORY_MS - 60_000 }), { maxLength: 5 }),
      /** And those that come while a batch is on its way. */
      meanwhileMs: fc.array(fc.nat({ max: MEMORY_MS - 60_000 }), { maxLength: 2 }),
      carried: fc.nat({ max: 6 }),
      stepMs: fc.nat({ max: 900_000 }),
    });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 20 }), (rounds) => {
        let marks = nothing;
        let clockMs = MEMORY_MS;
        const archive: string[] = [];
        const done = new Set<string>();
        const store = (behindMs: number): number =>
          archive.push(nameAt(Math.max(clockMs - behindMs, clockMs - MEMORY_MS), archive.length));
        for (const { behindMs, meanwhileMs, carried, stepMs } of rounds) {
          clockMs += stepMs;
          behindMs.forEach(store);
          const queue = listing(archive, marks);
          assert.deepEqual(queue, archive.filter((name) => !done.has(name)).sort());
          const batch = queue.slice(0, carried);
          meanwhileMs.forEach(store);
          for (const name of batch) done.add(name);
          if (batch.length > 0) marks = advanceMarks(marks, batch, queue.slice(carried), MEMORY_MS);
        }
        assert.deepEqual(listing(archive, marks), archive.filter((name) => !done.has(name)).sort());
      }),
      { numRuns: 400 },
    );
  });

  it('keep few names: those of the last minutes, and what lies behind an answer that waits', () => {
    const done = Array.from({ length: 100 }, (_, i) => nameAt(i * 60_000, i));
    const marks = advanceMarks(nothing, done, [], MEMORY_MS);
    assert.equal(marks.processedThroughMs, START_MS + 89 * 60_000);
    assert.deepEqual(marks.processed, done.slice(89));
    const waiting = advanceMarks(nothing, done.slice(1), done.slice(0, 1), MEMORY_MS);
    assert.equal(waiting.processedThroughMs, START_MS);
    assert.equal(waiting.processed.length, 99);
  });

  it('go back for an answer that a clock set back has put behind them', () => {
    const marks = { processedThroughMs: START_MS + 5_000_000, processed: [] };
    const early = nameAt(1_000_000);
    const moved = advanceMarks(marks, [nameAt(5_500_000)], [early], MEMORY_MS);
    assert.ok(listing([early], moved).includes(early));
  });

  it('stay as they are where nothing was carried', () => {
    assert.equal(advanceMarks(nothing, [], [], MEMORY_MS), nothing);
  });

  it('do not go back by themselves', () => {
    const marks = { processedThroughMs: START_MS + 5_000_000, processed: [] };
    assert.equal(
      advanceMarks(marks, [nameAt(5_000_001)], [], MEMORY_MS).processedThroughMs,
      START_MS + 5_000_000,
    );
  });
});
