import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createMint,
  createSeries,
  DEMO_KEY,
  ID_KINDS,
  PAYLOAD_KINDS,
  seriesOptions,
  type Shape,
  TIME_KINDS,
} from '../../../examples/source-server/index.js';
import { answerOf, dressOf } from '../../../examples/source-server/shape.js';
import { written } from './landed.js';

const NOW = Date.UTC(2026, 10, 28, 20, 30);

const shapes: fc.Arbitrary<Shape> = fc
  .record({
    arrayPath: fc.constantFrom(undefined, 'items', 'data.items', 'response.body.rows'),
    idField: fc.constantFrom(undefined, 'id', 'uid', 'eventId', 'seq', '_id', 'record-no'),
    payloadField: fc.constantFrom(undefined, null, 'record', 'body', 'source'),
    payload: fc.constantFrom(...PAYLOAD_KINDS),
    ids: fc.constantFrom(...ID_KINDS),
    times: fc.constantFrom(...TIME_KINDS),
    newestFirst: fc.boolean(),
    rename: fc.record({
      inDate: fc.constantFrom('inDate', 'ts', 'created_at', 'eventTime', 'timestamp'),
      user_id: fc.constantFrom('user_id', 'who', 'user name', 'Größe'),
      detail: fc.constantFrom('detail', 'more'),
    }),
  })
  .map(({ payload, ...shape }) => {
    const given = { ...shape, ...(shape.payloadField === null ? {} : { payload }) };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  });

describe('what init makes of an answer of the sample API', () => {
  const answerIn = (shape: Shape, seed: number, count: number): unknown => {
    const series = createSeries(
      seriesOptions({ seed, rate: 2, history: count, startMs: NOW - 60_000, anchorMs: NOW - 1_000 }, NOW),
    );
    const dress = dressOf(shape, series, createMint(DEMO_KEY));
    const elements = Array.from({ length: count }, (_, at) => dress(series.recordAt(at), at, NOW));
    return answerOf(shape, elements, { total: count });
  };

  it('lands every record, whatever the names, the ids, the times, the envelope and the encryption', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.integer({ min: 2, max: 60 }), (shape, seed, count) => {
        const { declaration, refusals, text } = written(answerIn(shape, seed, count), NOW, DEMO_KEY);
        assert.deepEqual(refusals, [], text);
        const { source, record } = declaration;
        assert.equal(source.data_selector, shape.arrayPath ?? null);
        assert.equal(
          source.primary_key,
          shape.idField ?? (shape.payloadField === null ? 'record_id' : 'recordId'),
        );
        assert.equal(source.contiguous, (shape.ids ?? 'integer') === 'integer' && count >= 5);
        assert.equal(record.payload, shape.payloadField === undefined ? 'data' : shape.payloadField);
        assert.equal(record.event_time.field, shape.rename?.['inDate']);
        assert.equal(record.event_time.format, shape.times);
        assert.equal(record.other_columns, 'keep');
      }),
      { numRuns: 60 },
    );
  });

  it('knows the diary by its preset', () => {
    const { text, refusals } = written(answerIn({}, 7, 100), NOW, DEMO_KEY);
    assert.deepEqual(refusals, []);
    assert.match(text, /preset: log-api # recordId and data in all 100; 100 would land as it says\n/);
    assert(!text.includes('columns'), text);
  });

  it('says which numbers are missing between the ids', () => {
    const answer = answerIn({ payload: 'object' }, 7, 20) as unknown[];
    const { text, declaration } = written(answer.toSpliced(4, 3), NOW);
    assert.equal(declaration.source.contiguous, false);
    assert.match(text, /contiguous: false # 3 numbers between the 17 ids are missing; true if/);
  });
});
