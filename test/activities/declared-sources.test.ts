import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fernet from 'fernet';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../examples/source-server/index.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import type { Source } from '../../src/activities/fetch/port.js';
import { createKeyRing, noKeys } from '../../src/dataset/fernet-keys.js';
import { formOf, type RecordForm } from '../../src/dataset/form.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { parquetKey } from '../../src/lake/keys.js';
import { openDuckdb } from '../../src/tables/duckdb/session.js';
import { sqlList } from '../../src/tables/engines/duckdb.js';
import { parquetWriter } from '../../src/tables/parquet/writer.js';
import { readWritten } from '../config/file/written.js';
import { runPython } from '../support/python.js';
import { Bench, DATASET, HOUR_12, HOUR_13, T13 } from './bench.js';
import { APIS, type DeclaredApi, TOKEN } from './declared-apis.js';
import { PAGE_APIS } from './page-apis.js';

const READER = readFileSync(
  path.resolve(import.meta.dirname, '../../../test/activities/declared_reader.py'),
  'utf8',
);
/** The first poll is half a minute behind the full hour: what it shows is of two hours. */
const START_MS = T13 + 30_000;
const POLLS = 3;
const STEP_MS = 20_000;
const RECORDS = 100 + ((POLLS - 1) * STEP_MS) / 1_000;

interface Found {
  readonly records: number;
  readonly landed: number;
  readonly refused: readonly (number | string)[];
  readonly faults: readonly string[];
}

/** What a user has written, read as the command reads it. */
function settingsOf({ yaml }: DeclaredApi, { url, tokenUrl }: SourceServer) {
  // A file of a page stands whole, with the address of its API.
  const text = yaml.startsWith('lake:')
    ? yaml.replace(/https:[\w./-]+/, url)
    : `lake: file:///nowhere\ndatasets:\n  ${DATASET}:${yaml}\n`;
  const { settings, faults } = readWritten({
    text,
    env: { URL: url, TOKEN_URL: tokenUrl, KEY: DEMO_KEY, API_TOKEN: TOKEN, AUDIT_KEY: TOKEN },
  });
  assert.deepEqual(faults, []);
  return settings!.datasets[0]!;
}

/** The answers as they came, their tokens opened by another's hand. */
function keeping(source: Source, { reader }: DeclaredApi, isEncrypted: boolean) {
  const answers: string[] = [];
  const secret = new fernet.Secret(DEMO_KEY);
  const opened = (token: string): string => new fernet.Token({ secret, token, ttl: 0 }).decode();
  const poll = async (...given: Parameters<Source['poll']>) => {
    const answer = await source.poll(...given);
    const text = answer.body.toString();
    answers.push(
      isEncrypted
        ? text.replaceAll(
            new RegExp(`("${reader.payload}":)"([\\w=-]+)"`, 'g'),
            (_, name: string, token: string) => name + JSON.stringify(opened(token)),
          )
        : text,
    );
    return answer;
  };
  return { answers, source: { ...source, poll } };
}

const opened = async (form: RecordForm, source: Source, parquet: object): Promise<Bench> =>
  await Bench.open({
    ...{ source, form },
    keyRing: () =>
      Promise.resolve(form.declaration.record.encryption === 'none' ? noKeys() : createKeyRing([DEMO_KEY])),
    ...parquet,
  });

/** Sample APIs of many shapes, each declared as a user does it, landed by the real activities, and read by Python alone. */
describe('a declared API lands to the field, as an independent reader sees it:', function () {
  this.timeout(60_000);

  for (const [name, api] of Object.entries({ ...APIS, ...PAGE_APIS }))
    it(name, async function () {
      let nowMs = START_MS;
      const server = await createSourceServer({
        ...{ rate: 1, history: 100, startMs: START_MS, anchorMs: START_MS, nowMs: () => nowMs },
        ...api.server,
      });
      const { declaration, request, formats } = settingsOf(api, server);
      const form = formOf(declaration);
      const { answers, source } = keeping(
        createHttpSource(request, form.answers),
        api,
        declaration.record.encryption === 'fernet',
      );
      const bench = await opened(form, source, await parquetWriter({ formats }, form));
      try {
        const raws: string[] = [];
        for (let i = 0; i < POLLS; i += 1) {
          raws.push((await bench.activities.fetch({ dataset: DATASET, afterId: null })).name);
          nowMs += STEP_MS;
        }
        assert.deepEqual([...(await bench.carry(raws))].sort(), [HOUR_12, HOUR_13]);
        await bench.sealAll([HOUR_12, HOUR_13], declaration.source.contiguous);

        const lake = path.join(bench.dir, 'lake');
        const found = runPython(this, READER, {
          ...{ answers, reader: api.reader, idColumn: form.idColumn, table: path.join(lake, DATASET) },
        }) as Found;
        const refused = Object.values(api.refused ?? {}).reduce((sum, n) => sum + n, 0);
        assert.deepEqual(found.faults, []);
        assert.equal(found.refused.length, refused);
        assert.equal(found.landed, found.records - refused);
        assert(found.records > RECORDS * 0.8, String(found.records));

        const audit = await auditLake({
          ...{ storage: bench.storage, dataset: DATASET, form, ring: await bench.deps.keyRing() },
        });
        assert.deepEqual([audit.findings, audit.landed], [[], found.landed]);
        const reasons = new Set((await bench.quarantined()).map(({ reason }) => reason));
        assert.deepEqual([...reasons], Object.keys(api.refused ?? {}));
        if (formats.includes('parquet')) assert.equal(await rowsInParquet(lake), found.landed);
        // Computed again from the archive alone.
        const before = await bench.hashes(`${DATASET}/`);
        for (const hour of [HOUR_12, HOUR_13])
          await bench.seal(hour, { rebuild: true, contiguousIds: declaration.source.contiguous });
        assert.deepEqual(await bench.hashes(`${DATASET}/`), before);
      } finally {
        await server.close();
        await bench.close();
      }
    });
});

async function rowsInParquet(lake: string): Promise<number> {
  const files = [HOUR_12, HOUR_13].map((hour) => path.join(lake, parquetKey(DATASET, hour)));
  const duckdb = await openDuckdb({ threads: 1 });
  try {
    const sql = `SELECT count(DISTINCT record_id) FROM read_parquet(${sqlList(files)}) WHERE activity <> '' AND inDate > '2023-04-20'`;
    const { rows } = await duckdb.rows(sql);
    return Number(rows[0]?.[0]);
  } finally {
    duckdb.close();
  }
}
