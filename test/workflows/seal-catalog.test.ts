import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { DeleteTableCommand, GetPartitionsCommand, GlueClient } from '@aws-sdk/client-glue';
import { type GlueCatalog, openGlue } from '../../src/tables/glue/glue.js';
import { applyDefinition } from '../../src/tables/glue/glue-apply.js';
import { glueDefinition } from '../../src/tables/engines/glue.js';
import { useAwsEnv } from '../support/aws-env.js';
import { sampleRecords } from '../support/by-hand.js';
import { type MotoServer, motoServerOrSkip } from '../support/moto-server.js';
import type { ReprocessInput, ReprocessResult } from '../../src/workflows/messages.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { codeOf } from '../../src/workflows/failures.js';
import { hour, SealBench } from './seal-bench.js';

const TEN = hour('2023-05-01T10');
const ELEVEN = hour('2023-05-01T11');
const DatabaseName = 'fernlake';

/** Starts a dev server (shared), moto's server, and a worker in this process. */
describe('sealHour with a catalogue', function () {
  this.timeout(60_000);
  let moto: MotoServer;
  let run: Pipeline;
  let bench: SealBench;
  let catalog: GlueCatalog;
  let client: GlueClient;
  let restore: (() => void) | undefined;

  before(async function () {
    this.timeout(400_000);
    moto = await motoServerOrSkip(this);
    restore = useAwsEnv(moto.env);
    client = new GlueClient({});
    run = await pipeline('http://127.0.0.1:9/');
    bench = new SealBench(run);
    const place = { database: DatabaseName, dataset: bench.dataset, location: 's3://bucket/lake' };
    catalog = await openGlue({ ...place, formats: ['ndjson'], form: LOG_FORM });
    await apply();
    await run.startWorker({ deps: { catalog } });
  });
  after(async () => {
    await run?.close();
    client?.destroy();
    restore?.();
    await moto?.stop();
  });

  const apply = (): Promise<void> =>
    applyDefinition(
      catalog,
      glueDefinition({
        ...{ database: DatabaseName, dataset: bench.dataset, location: 's3://bucket/lake' },
        ...{ formats: ['ndjson'], partitions: 'explicit', from: TEN, to: TEN, hours: [] },
        form: LOG_FORM,
      }),
      () => undefined,
    );
  const registered = async (): Promise<string[]> => {
    const input = { DatabaseName, TableName: bench.dataset };
    const { Partitions = [] } = await client.send(new GetPartitionsCommand(input));
    return Partitions.map(({ Values = [] }) => Values.join('-')).sort();
  };

  it('tells it of the hour once the ledger stands, and of a late revision no second time', async () => {
    await bench.arrive(sampleRecords(1, 5, '2023-05-01T10:30:00.000Z'));
    await bench.seal(TEN);
    assert.deepEqual(await registered(), ['2023-5-1-10']);
    await bench.arrive(sampleRecords(6, 8, '2023-05-01T10:40:00.000Z'));
    assert.equal((await bench.seal(TEN)).revision, 2);
    assert.deepEqual(await registered(), ['2023-5-1-10']);
    await bench.assertTidy();
  });

  it('is sealed all the same when the catalogue refuses, says so, and tells it at the next look', async () => {
    await client.send(new DeleteTableCommand({ DatabaseName, Name: bench.dataset }));
    const records = sampleRecords(9, 12, '2023-05-01T11:00:01.000Z');
    await bench.arrive(records);
    const handle = await bench.start(ELEVEN, { now: true });
    await assert.rejects(handle.result(), (error: Error) => codeOf(error.cause) === 'CatalogDenied');
    await bench.assertLanded(ELEVEN, records);
    await bench.assertTidy();
    // The hours of a reprocess do not wait for a catalogue either.
    const { dataset } = bench;
    const range = { from: TEN, to: ELEVEN, latenessMs: 0, idleMs: 1_000, contiguousIds: true };
    const { hours, changed } = (await run.client.workflow.execute('reprocess', {
      workflowId: `fernlake-${dataset}-reprocess-untold`,
      taskQueue: run.config.taskQueue,
      args: [{ dataset, mode: 'rebuild', ...range } satisfies ReprocessInput],
    })) as ReprocessResult;
    assert.deepEqual([hours, changed], [2, { '2023-05-01': '10-11' }]);
    await apply();
    await bench.seal(ELEVEN);
    assert.deepEqual(await registered(), ['2023-5-1-11']);
  });
});
