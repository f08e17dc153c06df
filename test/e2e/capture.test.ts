import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import path from 'node:path';
import fernet from 'fernet';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { decodeRow } from '../../src/dataset/decode.js';
import { parseHour } from '../../src/dataset/hour.js';
import { runPython } from '../support/python.js';
import { CAPTURE_KEY, type CaptureEnvelope, sharedJson } from '../support/shared-data.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { expectedRow } from '../support/expected-rows.js';
import { keysUnder, ledgerOf, rowsOf } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedServer, type SteppedServer } from '../support/stepped-source.js';

const HOUR = parseHour('2023-04-20T13')!;
const DATASET = 'capture';
const OBJECT = 'capture/year=2023/month=04/day=20/hour=13/capture.json.gz';
const OBJECT_BYTES_MAX = 21_900;

/** Decrypts with Python's cryptography, reads with ast.literal_eval, and the object with gzip and json. */
const READ_WITH_PYTHON = `
import ast, gzip, json, sys
given = json.load(sys.stdin)
rows = [json.loads(line) for line in gzip.open(given['object'], 'rt', encoding='utf-8')]
try:
    from cryptography.fernet import Fernet
except ImportError:
    Fernet = None
records = Fernet and [ast.literal_eval(Fernet(given['key']).decrypt(t.encode()).decode()) for t in given['tokens']]
print(json.dumps({'rows': rows, 'records': records}))
`;

/** Starts a dev server (shared), a sample API on loopback, a worker in this process, and python3 where there is one. */
describe('the real capture through schedule, worker and seal', function () {
  this.timeout(120_000);
  let capture: CaptureEnvelope[];
  let records: SampleRecord[];
  let source: SteppedServer | undefined;
  let run: Pipeline | undefined;
  const running = (): Pipeline => {
    assert(run);
    return run;
  };

  before(async function () {
    capture = sharedJson(this, 'log-api-capture.json') as CaptureEnvelope[];
    const secret = new fernet.Secret(CAPTURE_KEY);
    records = capture.map(({ data }) => {
      const text = new fernet.Token({ secret, token: data, ttl: 0 }).decode();
      // The capture's texts hold no quotation mark, so this is JSON: capture.test.ts of the sample API shows it.
      return JSON.parse(text.replaceAll("'", '"')) as SampleRecord;
    });
    source = await steppedServer({ steps: 12, recordsPerStep: 40 }, { capture });
    run = await pipeline(source.server.url, { FERNLAKE_DATASET: DATASET });
    await run.startWorker();
    await run.schedule();
    await run.untilLanded(capture.length);
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('lands 500 rows in the one object of their hour, and nothing else', async () => {
    assert.equal(records.length, 500);
    await assertTable(running(), records);
    assert.deepEqual(await keysUnder(running().lake.storage, `${DATASET}/`), [OBJECT]);
  });

  it('begins with record 2462380 and takes at most 21,900 bytes', async () => {
    const { lake, dataset } = running();
    const ledger = await ledgerOf(lake.storage, dataset, HOUR);
    assert.equal(ledger?.ids.first, 2_462_380);
    assert.equal(ledger?.landed, 500);
    assert((ledger?.object?.bytes ?? Infinity) <= OBJECT_BYTES_MAX, `${ledger?.object?.bytes} bytes`);
  });

  it('says, field by field, what the fernet package finds in the tokens', async () => {
    const { lake, dataset } = running();
    const rows = await rowsOf(lake.storage, dataset, HOUR);
    for (const [i, record] of records.entries()) {
      assert.equal(record.record_id, capture[i]?.recordId);
      assert.equal(rows[i], expectedRow(record));
      assert.equal(decodeRow(rows[i] ?? '', LOG_FORM), JSON.stringify(record));
    }
  });

  it("says what Python's cryptography finds in them, and is read by Python's gzip and json", function () {
    const answer = runPython(this, READ_WITH_PYTHON, {
      key: CAPTURE_KEY,
      tokens: capture.map(({ data }) => data),
      object: path.join(running().lake.dir, OBJECT),
    }) as { rows: unknown[]; records: SampleRecord[] | null };
    assert.deepEqual(
      answer.rows,
      records.map((record) => JSON.parse(expectedRow(record)) as unknown),
    );
    if (answer.records === null) {
      console.warn('skipped the comparison with Python: it has no cryptography');
      this.skip();
    }
    assert.deepEqual(answer.records, records);
  });

  it('agrees with the archive and leaves no scratch behind', () => assertTidy(running()));
});
