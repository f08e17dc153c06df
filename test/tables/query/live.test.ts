import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import { openDuckdb } from '../../../src/tables/duckdb/session.js';
import { localFiles } from '../../../src/tables/query/files.js';
import { createTables } from '../../../src/tables/query/tables.js';
import {
  Bench,
  DATASET,
  envelope,
  envelopes,
  HOUR_12,
  HOUR_13,
  HOUR_14,
  MINUTE,
  T13,
} from '../../activities/bench.js';
import { LOG_FORM } from '../../support/forms.js';

const HOUR = 60 * MINUTE;

interface Row {
  readonly record_id: number;
  readonly activity: string;
  readonly hour: number;
}

/** What the readable live table says, by ascending ids. */
async function liveRows(bench: Bench, range: { from?: Hour; to?: Hour } = {}): Promise<Row[]> {
  const formOfHour = () => Promise.resolve(LOG_FORM);
  const local = await localFiles({
    ...{ storage: bench.storage, dataset: DATASET, formOfHour, kinds: new Set(['live'] as const) },
    ...range,
  });
  const session = await openDuckdb({ threads: 1 });
  try {
    await createTables(session, local.files, DATASET, LOG_FORM);
    const sql = 'SELECT record_id, activity, hour FROM logs_live ORDER BY record_id';
    const { columns, rows } = await session.rows(sql);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])) as unknown as Row);
  } finally {
    session.close();
    await local.close();
  }
}

const idsOf = (rows: readonly Row[]): number[] => rows.map(({ record_id: id }) => Number(id));
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('the table logs_live', function () {
  this.timeout(60_000);
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('has what is sealed and what waits, each record once, and the same once all is sealed', async () => {
    const twelve = envelopes(1, 20, T13 - HOUR);
    await bench.archiveAndCarry(T13, twelve.slice(0, 12), 'a');
    await bench.sealAll([HOUR_12]);
    // Late ones, repeats of sealed ones, and an hour that is open altogether, shown by two answers that overlap.
    await bench.archiveAndCarry(T13 + MINUTE, twelve.slice(8), 'b');
    const thirteen = envelopes(21, 30, T13);
    await bench.archiveAndCarry(T13 + 30 * MINUTE, thirteen.slice(0, 7), 'c');
    await bench.archiveAndCarry(T13 + 31 * MINUTE, thirteen.slice(3), 'd');
    const live = await liveRows(bench);
    assert.deepEqual(idsOf(live), upTo(30));
    assert.deepEqual(idsOf(await liveRows(bench, { from: HOUR_13 })), upTo(30).slice(20));
    await bench.sealAll([HOUR_12, HOUR_13]);
    assert.deepEqual(await liveRows(bench), live);
  });

  it('has of two contents of one id the one that lands', async () => {
    await bench.archiveAndCarry(T13 + 2 * MINUTE, [envelope(1, T13, { activity: 'second' })], 'a');
    await bench.archiveAndCarry(T13 + MINUTE, [envelope(1, T13, { activity: 'first' })], 'b');
    const live = await liveRows(bench);
    assert.deepEqual(
      live.map(({ activity }) => activity),
      ['first'],
    );
    await bench.sealAll([HOUR_13]);
    assert.deepEqual(await liveRows(bench), live);
  });

  it('loses and doubles nothing while hours are sealed', async () => {
    const hours = [HOUR_12, HOUR_13, HOUR_14];
    let sealing: Promise<void> = Promise.resolve();
    for (let round = 0; round < 6; round += 1) {
      for (const [n] of hours.entries()) {
        const first = 1 + 30 * round + 10 * n;
        const at = T13 + (n - 1) * HOUR + round * MINUTE;
        await bench.archiveAndCarry(
          T13 + 3 * HOUR + (3 * round + n) * MINUTE,
          envelopes(first, first + 9, at),
          `${round}-${n}`,
        );
      }
      await sealing;
      sealing = bench.sealAll(hours);
      assert.deepEqual(idsOf(await liveRows(bench)), upTo(30 * (round + 1)));
    }
    await sealing;
  });
});
