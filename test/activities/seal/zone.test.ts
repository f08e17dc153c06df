import { LOG_FORM, logForm } from '../../support/forms.js';
import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import { UTC, zoneNamed } from '../../../src/dataset/zone.js';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { changesBetween } from '../../../src/dataset/changes.js';
import { LakeForms } from '../../../src/lake/definitions.js';
import { createThreads } from '../../../src/process/threads/threads.js';
import { onThreads } from '../../../src/process/threads/on-threads.js';
import { Bench, DATASET, envelope, MINUTE, T13 } from '../bench.js';

const BERLIN = zoneNamed('Europe/Berlin');

describe('a lake whose records name no zone', function () {
  this.timeout(60_000);
  let bench: Bench;
  let raws: string[];
  beforeEach(async () => {
    bench = await Bench.open({ form: logForm({ zone: BERLIN.name }) });
    // 15:05 in Berlin is 13:05 UTC: summer.
    const local = (minute: number): string => `2023-04-20 15:${String(minute).padStart(2, '0')}:06,819`;
    raws = [
      await bench.archive(
        T13 + 30 * MINUTE,
        [1, 2, 3].map((id) => envelope(id, T13, { inDate: local(id) })),
      ),
      await bench.archive(T13 + 90 * MINUTE, [
        envelope(3, T13, { inDate: local(3) }),
        envelope(4, T13, { inDate: '2023-04-20 16:00:00,000' }),
        envelope(5, T13 + 61 * MINUTE),
      ]),
    ];
  });
  afterEach(() => bench.close());

  const HOURS = ['2023-04-20T13', '2023-04-20T14'] as Hour[];
  const seal = async (): Promise<void> => {
    assert.deepEqual([...(await bench.carry(raws))].sort(), HOURS);
    await bench.sealAll(HOURS);
  };
  const findings = async (zone: typeof UTC) => {
    const { storage, deps } = bench;
    const parts = {
      storage,
      dataset: DATASET,
      ring: await deps.keyRing(),
      form: logForm({ zone: zone.name }),
    };
    return (await auditLake(parts)).findings;
  };

  it('lands them in the UTC hour that the zone makes of them, and its ledgers name a definition that says so', async () => {
    await seal();
    assert.deepEqual(await bench.landedIds(HOURS[0]!), [1, 2, 3]);
    assert.deepEqual(await bench.landedIds(HOURS[1]!), [4, 5]);
    assert.equal((await bench.ledger(HOURS[0]!)).definition, logForm({ zone: BERLIN.name }).definition);
    assert.deepEqual(await findings(BERLIN), []);
  });

  it('is read by its own definition, whatever zone is declared', async () => {
    await seal();
    const declared = new LakeForms(bench.storage, DATASET, LOG_FORM);
    assert.equal((await declared.newest(Date.now()))?.times.zone.name, BERLIN.name);
    assert.deepEqual(await findings(UTC), []);
    const changes = changesBetween(logForm({ zone: BERLIN.name }).declaration, LOG_FORM.declaration);
    assert.deepEqual(
      changes.map(({ what, isRefused }) => [what, isRefused]),
      [['event_time.zone was Europe/Berlin, and is UTC', true]],
    );
  });

  it('is computed again to the same rows, and on threads, too', async () => {
    await seal();
    const rows = await bench.rows(HOURS[0]!);
    const threads = createThreads({
      lake: bench.storage.uri,
      ...{
        s3PathStyle: false,
        datasets: {
          [DATASET]: { declaration: logForm({ zone: BERLIN.name }).declaration, parquet: false },
        },
        code: bench.deps.code,
      },
    });
    try {
      const there = bench.placed((here) =>
        onThreads(here, threads, bench.deps.keyRing, { writesParquet: false }),
      );
      for (const hour of HOURS) await there.seal(hour, { rebuild: true });
      assert.deepEqual(await bench.rows(HOURS[0]!), rows);
      assert.deepEqual(await findings(BERLIN), []);
    } finally {
      await threads.close();
    }
  });
});
