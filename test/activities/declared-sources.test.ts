import assert from 'node:assert/strict';
import {
  createSourceServer,
  type Shape,
  type SourceServerOptions,
} from '../../examples/source-server/index.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import type { SourceSettings } from '../../src/config/source.js';
import type { ColumnDeclaration, Declaration } from '../../src/dataset/declaration.js';
import { noKeys } from '../../src/dataset/fernet-keys.js';
import { formOf, type RecordForm } from '../../src/dataset/form.js';
import { LOG_API } from '../../src/dataset/presets.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { Bench, DATASET, HOUR_13, T13 } from './bench.js';

interface DeclaredApi {
  readonly shape: Shape;
  /** What `data_selector`, `primary_key` and `payload` say. */
  readonly declared: {
    readonly path: string | null;
    readonly id: string;
    readonly payload: string | null;
    readonly encryption: 'fernet' | 'none';
  };
  readonly server?: SourceServerOptions;
  readonly asked?: SourceSettings;
}

const APIS: Readonly<Record<string, DeclaredApi>> = {
  'tokens within {"data":{"items":[…]}}, under other names': {
    shape: { arrayPath: 'data.items', idField: 'id', payloadField: 'payload' },
    declared: { path: 'data.items', id: 'id', payload: 'payload', encryption: 'fernet' },
  },
  'tokens of JSON': {
    shape: { payload: 'fernet-json' },
    declared: { path: null, id: 'recordId', payload: 'data', encryption: 'fernet' },
  },
  'records that are the elements': {
    shape: { arrayPath: 'items', payloadField: null, idField: 'id', rename: { inDate: 'ts' } },
    declared: { path: 'items', id: 'id', payload: null, encryption: 'none' },
    server: { auth: { type: 'bearer', token: 't' } },
    asked: { auth: { type: 'bearer', token: 't' } },
  },
  'records as objects in the elements, by POST': {
    shape: { payload: 'object', payloadField: 'event', newestFirst: true },
    declared: { path: null, id: 'recordId', payload: 'event', encryption: 'none' },
    server: { method: 'POST' },
    asked: { method: 'POST', body: { limit: 100 } },
  },
  'records as JSON text': {
    shape: { payload: 'json', times: 'rfc1123' },
    declared: { path: null, id: 'recordId', payload: 'data', encryption: 'none' },
  },
  'records as Python text': {
    shape: { payload: 'python', times: 'python_logging' },
    declared: { path: null, id: 'recordId', payload: 'data', encryption: 'none' },
  },
};

/** The columns under the names of the shape, none of them compacted: a row is then the record itself. */
function declarationOf({ shape, declared }: DeclaredApi): Declaration {
  const { path, id, payload, encryption } = declared;
  const idColumn = payload === null ? id : 'record_id';
  const names = { ...shape.rename, record_id: idColumn } as Readonly<Record<string, string>>;
  const columns = Object.entries(LOG_API.record.columns).map(
    ([name, column]): [string, ColumnDeclaration] => [names[name] ?? name, { ...column, compact: null }],
  );
  return {
    source: { data_selector: path, primary_key: id, contiguous: true },
    record: {
      ...LOG_API.record,
      payload,
      encryption,
      primary_key: idColumn,
      event_time: { ...LOG_API.record.event_time, field: names['inDate'] ?? 'inDate' },
      columns: Object.fromEntries(columns),
    },
  };
}

/** Asks sample APIs of other shapes and lands what they show, by the real activities in a folder. */
describe('a declared API', () => {
  for (const [name, api] of Object.entries(APIS))
    it(`lands: ${name}`, async () => {
      const startMs = T13 + 40 * 60_000;
      const server = await createSourceServer({
        ...{ history: 100, startMs, nowMs: () => startMs, shape: api.shape },
        ...api.server,
      });
      const form: RecordForm = formOf(declarationOf(api));
      const source = createHttpSource({ url: server.url, ...api.asked }, form.answers);
      const own = api.declared.encryption === 'none' ? { keyRing: () => Promise.resolve(noKeys()) } : {};
      const bench = await Bench.open({ source, form, ...own });
      try {
        const fetched = await bench.activities.fetch({ dataset: DATASET, afterId: null });
        const ids = Array.from({ length: 100 }, (_, i) => server.newestId() - 99 + i);
        const { oldestId, newestId, records, fresh } = fetched.observation;
        assert.deepEqual([oldestId, newestId, records, fresh], [ids[0], ids[99], 100, 100]);
        assert.deepEqual(await bench.carry([fetched.name]), [HOUR_13]);
        await bench.seal(HOUR_13);
        assert.deepEqual(
          (await bench.rows(HOUR_13)).map((row) => JSON.parse(row) as unknown),
          ids.map((_, i) => server.served(i).record),
        );
        const { landed, keys } = await bench.ledger(HOUR_13);
        assert.equal(landed, 100);
        if (api.declared.encryption === 'none') assert.deepEqual(keys, { none: 100 });
        const audit = await auditLake({
          ...{ storage: bench.storage, dataset: DATASET, form, ring: await bench.deps.keyRing() },
        });
        assert.deepEqual([audit.findings, audit.landed, audit.shut.records], [[], 100, 0]);
        // Computed again from the archive alone.
        const before = await bench.hashes('logs/');
        await bench.seal(HOUR_13, { rebuild: true });
        assert.deepEqual(await bench.hashes('logs/'), before);
      } finally {
        await server.close();
        await bench.close();
      }
    });
});
