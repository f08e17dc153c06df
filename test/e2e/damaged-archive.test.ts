import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { ledgerKey, rawKey, tableKey } from '../../src/lake/keys.js';
import { CODE } from '../../src/config/version.js';
import type { ReprocessResult } from '../../src/workflows/messages.js';
import { Bench, DATASET, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../activities/bench.js';
import { fernlake, type Outcome } from '../commands/fernlake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';

const HOUR = 60 * MINUTE;

/** Starts a Temporal dev server (shared) and a worker in this process; the command runs as a process. */
describe('reprocess of a lake with damage', function () {
  this.timeout(180_000);
  let bench: Bench;
  let run: Pipeline<{ uri: string; storage: Bench['storage']; remove: () => void }>;
  let said: Outcome;
  let names: string[];
  let rows: Record<string, string>;

  before(async () => {
    bench = await Bench.open({ code: CODE });
    names = [
      await bench.archiveAndCarry(T13 - 10 * MINUTE, envelopes(1, 3, T13 - 11 * MINUTE), 'a'),
      await bench.archiveAndCarry(T13 + 10 * MINUTE, envelopes(4, 6, T13 + 9 * MINUTE), 'b'),
      await bench.archiveAndCarry(T13 + HOUR + 10 * MINUTE, envelopes(7, 9, T13 + HOUR + 9 * MINUTE), 'c'),
    ];
    await bench.sealAll([HOUR_12, HOUR_13, HOUR_14]);
    rows = await bench.hashes('logs/');
    // An hour with a truncated answer; one whose ledger is no ledger; one that is whole; an answer that nobody has carried, cut off.
    const cut = await bench.archive(T13 + 2 * HOUR, envelopes(10, 12, T13 + HOUR + 40 * MINUTE));
    for (const name of [names[0]!, cut]) {
      const key = rawKey(DATASET, name);
      const { body } = await bench.storage.get(key);
      await bench.storage.put(key, body.subarray(0, body.length >> 1));
    }
    names.push(cut);
    await bench.storage.put(ledgerKey(DATASET, HOUR_13), Buffer.from('{'));
    const uri = pathToFileURL(path.join(bench.dir, 'lake')).href;
    const lake = { uri, storage: bench.storage, remove: () => undefined };
    run = await pipeline('http://127.0.0.1:1/log', { FERNLAKE_DATASET: DATASET }, lake);
    await run.startWorker();
    said = await fernlake(['reprocess', '--json'], { cwd: bench.dir, env: run.env });
  });
  after(async () => {
    await run?.close();
    await bench?.close();
  });

  it('does all that can be done, names the rest with hour and key, and exits 1', async () => {
    const result = JSON.parse(said.stdout) as ReprocessResult;
    assert.equal(said.code, 1, said.stderr);
    assert.deepEqual(result.damaged, [rawKey(DATASET, names[3]!)]);
    assert.deepEqual(result.changed, [HOUR_13]);
    assert.equal(result.hours, 2);
    const [failed] = result.failed;
    assert.deepEqual([result.failed.length, failed?.what, failed?.code], [1, HOUR_12, 'LakeCorrupt']);
    assert.ok(failed?.why.includes(rawKey(DATASET, names[0]!)), failed?.why);
    assert.deepEqual(await bench.hashes('logs/'), rows);
    assert.equal((await bench.ledger(HOUR_13)).landed, 3);
    assert.ok(await bench.storage.head(tableKey(DATASET, HOUR_12)));
  });
});
