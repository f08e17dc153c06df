import assert from 'node:assert/strict';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { gzip } from '../../src/bytes/gzip.js';
import { tableKey, tablePrefix } from '../../src/lake/keys.js';
import { expectedTable } from './expected-rows.js';
import { keysUnder, objectAt, rowsOf } from './lake.js';
import type { Pipeline, TestLake } from './pipeline.js';

/**
 * The table holds exactly these records: one object an hour and nothing else, each record in its hour once, by ascending
 * id, as exactly the bytes that these rows give. Two runs that pass this with the same records have landed the same bytes.
 */
export async function assertTable(
  { lake: { storage }, dataset }: Pipeline<TestLake>,
  records: readonly SampleRecord[],
): Promise<void> {
  const expected = expectedTable(records);
  assert.deepEqual(
    await keysUnder(storage, tablePrefix(dataset)),
    [...expected.keys()].map((hour) => tableKey(dataset, hour)),
  );
  for (const [hour, rows] of expected) {
    assert.deepEqual(await rowsOf(storage, dataset, hour), rows, hour);
    const bytes = await gzip(Buffer.from(rows.map((row) => `${row}\n`).join('')));
    assert(bytes.equals((await objectAt(storage, tableKey(dataset, hour))) ?? Buffer.alloc(0)), hour);
  }
}

/** Ledgers and objects agree with the archive, and nothing is left lying between the steps. */
export async function assertTidy(run: Pipeline<TestLake>): Promise<void> {
  const { storage } = run.lake;
  assert.deepEqual(await keysUnder(storage, 'staging/'), []);
  assert.deepEqual(await keysUnder(storage, 'segments/'), []);
  assert.deepEqual((await run.audit()).findings, []);
}
