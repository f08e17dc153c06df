import { LOG_FORM, logForm } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { ledgerKey, parquetKey, tableKey } from '../../../src/lake/keys.js';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { readParquet } from '../../../src/tables/parquet/read.js';
import { writeParquet } from '../../../src/tables/parquet/write.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, MINUTE, T13 } from '../bench.js';
import { failsAs } from '../seal/fails-as.js';

const key = parquetKey(DATASET, HOUR_13);

describe('Parquet at the seal', function () {
  this.timeout(60_000);
  let plain: Bench;
  let bench: Bench;
  beforeEach(async () => {
    plain = await Bench.open();
    bench = plain.with({ parquet: (lines) => writeParquet(lines, LOG_FORM) });
  });
  afterEach(() => plain.close());

  const rowsInParquet = async (form = LOG_FORM): Promise<string[]> =>
    (await readParquet((await bench.storage.get(key)).body, form)).rows as string[];
  const rowsLanded = async (): Promise<string[]> =>
    (await bench.rows(HOUR_13)).map((row) => JSON.stringify(JSON.parse(readableRow(row, LOG_FORM))));
  const findings = async (): Promise<readonly { where: string; what: string }[]> =>
    (
      await auditLake({
        storage: bench.storage,
        dataset: DATASET,
        ring: await bench.deps.keyRing(),
        form: bench.deps.form,
      })
    ).findings;

  it('stands beside the object, with the same rows, in the ledger, and passes the audit', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 40, T13));
    await bench.seal(HOUR_13);
    assert.deepEqual(await rowsInParquet(), await rowsLanded());
    const { parquet, object } = await bench.ledger(HOUR_13);
    assert.equal(parquet?.key, key);
    assert.equal(parquet?.rows, object?.rows);
    assert.deepEqual(await findings(), []);
  });

  it('takes at most 40 bytes a row on 1,000 rows like the real ones', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 1_000, T13));
    await bench.seal(HOUR_13);
    const { parquet } = await bench.ledger(HOUR_13);
    assert.equal(parquet?.rows, 1_000);
    assert.ok((parquet?.bytes ?? Infinity) <= 40_000, `${parquet?.bytes} bytes`);
  });

  it('follows late records into the next revision', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 10, T13));
    await bench.seal(HOUR_13);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(8, 20, T13 + 7_000), 'later');
    await bench.seal(HOUR_13);
    assert.equal((await rowsInParquet()).length, 20);
    assert.equal((await bench.ledger(HOUR_13)).revision, 2);
    assert.deepEqual(await findings(), []);
  });

  it('gives the same bytes when it is sealed again from nothing', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 10, T13));
    await bench.seal(HOUR_13);
    const first = (await bench.storage.get(key)).body;
    // The seal died between the files and the ledger.
    await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 10, T13), 'again').catch(() => undefined);
    await bench.seal(HOUR_13);
    assert.ok((await bench.storage.get(key)).body.equals(first));
    assert.deepEqual(await findings(), []);
  });

  it('is added to an hour that was sealed without it, which stays as it is otherwise', async () => {
    await plain.archiveAndCarry(T13 + MINUTE, envelopes(1, 10, T13));
    await plain.seal(HOUR_13);
    const object = (await bench.storage.get(tableKey(DATASET, HOUR_13))).etag;
    await bench.seal(HOUR_13);
    assert.equal((await bench.storage.get(tableKey(DATASET, HOUR_13))).etag, object);
    const ledger = await bench.ledger(HOUR_13);
    assert.deepEqual([ledger.revision, ledger.parquet?.rows], [1, 10]);
    assert.equal((await bench.seal(HOUR_13)).merged.outcome, 'nothing');
    assert.deepEqual(await findings(), []);
  });

  it('does not outlive its rows where it is no longer written', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 10, T13));
    await bench.seal(HOUR_13);
    await plain.archiveAndCarry(T13 + 2 * MINUTE, envelopes(11, 12, T13 + 10_000), 'later');
    await plain.seal(HOUR_13);
    assert.equal((await bench.ledger(HOUR_13)).parquet, undefined);
    assert.deepEqual(await bench.keys('parquet/'), []);
    assert.deepEqual(await findings(), []);
  });

  it('is written again, and nothing else is, once a field has been added to the schema', async () => {
    const form = logForm({ fields: [{ name: 'score', type: 'number' }] });
    const more = plain.with({ form, parquet: (lines) => writeParquet(lines, form) });
    const scored = envelope(1, T13, { score: 1.5 });
    await bench.archiveAndCarry(T13 + MINUTE, [scored, ...envelopes(2, 10, T13 + 1_000)]);
    await bench.seal(HOUR_13);
    assert.match((await rowsInParquet())[0] ?? '', /"unknown_fields":"{\\"score\\":1.5}"/);
    const { object } = await bench.ledger(HOUR_13);
    // Nobody has sealed the hour again yet: the file is the one of before, and right.
    assert.deepEqual(await findings(), []);
    await more.seal(HOUR_13);
    assert.match((await rowsInParquet(form))[0] ?? '', /"score":1.5,"unknown_fields":null/);
    const ledger = await bench.ledger(HOUR_13);
    assert.deepEqual([ledger.revision, ledger.object], [1, object]);
    assert.equal(ledger.definition, form.definition);
    assert.equal((await more.seal(HOUR_13)).merged.outcome, 'nothing');
    assert.deepEqual(await findings(), []);
  });

  it('is made by every worker or by none', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    const { rows, staging } = await bench.merge(HOUR_13);
    assert.ok(rows.length > 0);
    await assert.rejects(
      plain.activities.gzip({ dataset: DATASET, staging, rows }),
      failsAs('Configuration', 'transient', /same FERNLAKE_FORMATS/),
    );
  });

  it('is found by the audit when it is gone, changed, of other rows, or of no hour', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13));
    await bench.seal(HOUR_13);
    const { body } = await bench.storage.get(key);
    await bench.storage.put(key, Buffer.from('PAR1 no, not at all PAR1'));
    assert.match(JSON.stringify(await findings()), /SHA-256 differs.*cannot be read as Parquet/);
    const rows = (await rowsLanded()).slice(1);
    await bench.storage.put(key, await writeParquet(rows, LOG_FORM));
    assert.match(JSON.stringify(await findings()), /has 4 rows, not 5/);
    await bench.storage.delete([key]);
    assert.match(JSON.stringify(await findings()), /logs.parquet is gone/);
    await bench.storage.put(key, body);
    await bench.storage.put('parquet/logs/year=2023/stray.parquet', body);
    assert.match(JSON.stringify(await findings()), /stray.parquet.*does not belong/);
  });
});
