import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Ledger } from '../../src/lake/ledger.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { CODE } from '../../src/config/version.js';
import type { ReprocessResult } from '../../src/workflows/messages.js';
import { Bench, DATASET, envelope, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { fernlake, type Outcome } from '../commands/fernlake.js';
import { readRepoFile } from '../deploy/files.js';
import { readPage } from '../docs/commands/parse.js';
import { ledgers, tableBytes } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { ownTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';

const PAGE = 'docs/how-to/restore.md';
/** Nobody listens there: what is restored comes from the archive alone. */
const NO_SOURCE = 'http://127.0.0.1:1/log';

/**
 * Follows docs/how-to/restore.md from its copy on, each command as a process. Starts a Temporal dev server that knows nothing of
 * the lake, and a worker in this process.
 */
describe('a lake brought back from a copy of its archive', function () {
  this.timeout(120_000);
  let temporal: Awaited<ReturnType<typeof ownTemporal>>;
  let bench: Bench;
  let restored: Storage;
  let run: Pipeline<{ uri: string; storage: Storage; remove: () => void }>;
  const said = new Map<string, Outcome>();

  const type = (text: string): Promise<Outcome> =>
    fernlake(text.split(' ').slice(1), { cwd: bench.dir, env: run.env });

  before(async () => {
    temporal = await ownTemporal();
    bench = await Bench.open({ code: CODE });
    // Windows that overlap, a record in quarantine, two hours.
    const first = [...envelopes(1, 6, T13 - 3_000), envelope(7, T13 + MINUTE, { activity: 5 })];
    await bench.archiveAndCarry(T13 + 2 * MINUTE, first, 'a');
    await bench.archiveAndCarry(T13 + 3 * MINUTE, envelopes(5, 9, T13 + 1_000), 'b');
    await bench.sealAll([HOUR_12, HOUR_13]);
    const uri = pathToFileURL(path.join(bench.dir, 'restored')).href;
    restored = await openStorage(uri);
    run = await pipeline(
      NO_SOURCE,
      { FERNLAKE_DATASET: DATASET },
      { uri, storage: restored, remove: () => undefined },
      temporal,
    );
    await run.startWorker();
    const markdown = readRepoFile(PAGE);
    const begin = markdown.slice(0, markdown.indexOf('## A copy of the lake')).split('\n').length;
    const { commands } = readPage(PAGE, markdown);
    for (const { text, kind, line } of commands) {
      if (kind !== 'run' || line < begin) continue;
      said.set(text, await type(text));
      if (text === 'fernlake reprocess')
        await until(
          'both hours are sealed',
          async () => (await ledgers(restored, DATASET)).size === 2,
          60_000,
        );
    }
  });
  after(async () => {
    await run?.close();
    await temporal?.close();
    await bench?.close();
  });

  it('is typed as the page says, and every command does its work', () => {
    assert.deepEqual(
      [...said.keys()],
      [
        'fernlake copy ./lake ./copy --only raw/logs/',
        'fernlake copy ./copy ./restored --only raw/logs/',
        'fernlake schedule apply',
        'fernlake reprocess',
        'fernlake status',
        'fernlake verify',
        'fernlake report --json',
      ],
    );
    for (const [text, { code, stdout, stderr }] of said) assert.equal(code, 0, `${text}\n${stdout}${stderr}`);
  });

  it('has the same bytes in its table, and ledgers that count the same', async () => {
    assert.deepEqual(await tableBytes(restored, DATASET), await tableBytes(bench.storage, DATASET));
    const counted = async (storage: Storage): Promise<Partial<Ledger>[]> =>
      [...(await ledgers(storage, DATASET)).values()].map(
        ({ hour, seen, landed, duplicates, quarantined, ids, raw }) => ({
          hour,
          seen,
          landed,
          duplicates,
          quarantined,
          ids,
          raw,
        }),
      );
    assert.deepEqual(await counted(restored), await counted(bench.storage));
  });

  it('comes out the same when it is computed once more', async () => {
    const { code, stdout, stderr } = await type('fernlake reprocess --json');
    assert.equal(code, 0, stderr);
    const { hours, changed } = JSON.parse(stdout) as ReprocessResult;
    assert.deepEqual([hours, changed], [2, []]);
  });
});
