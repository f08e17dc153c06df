import assert from 'node:assert/strict';
import fc from 'fast-check';
import { datasetName, duration, httpUrl, lakeUri, list } from '../../src/config/values.js';

describe('a setting’s value', () => {
  it('is a duration with a unit, whole or not', () => {
    const good = {
      '0ms': 0,
      '500ms': 500,
      '1.5s': 1_500,
      '5m': 300_000,
      '1h': 3_600_000,
      '2 d': 172_800_000,
    };
    for (const [text, value] of Object.entries(good)) assert.equal(duration(text), value);
    for (const text of ['', '5', 'm', '-5m', '1e3s', '5 minutes', 'Infinityms', '1..5s', '5M'])
      assert.throws(() => duration(text), RangeError, text);
  });

  it('is a list without empty items', () => {
    assert.deepEqual(list(' a,, b ,'), ['a', 'b']);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\s,]+$/)), (items) => {
        assert.deepEqual(list(items.join(' , ')), items);
      }),
    );
  });

  it('is a lake without trailing slashes', () => {
    assert.equal(lakeUri('s3://bucket/a/b///'), 's3://bucket/a/b');
    assert.equal(lakeUri('file:///a%20b/'), 'file:///a%20b');
    for (const text of ['', 'file://host/x', 'file:/x', '/x', 's3://', 's3://b', 's3:///x'])
      assert.throws(() => lakeUri(text), RangeError, text);
  });

  it('is a web address, in its normal form', () => {
    assert.equal(httpUrl('HTTP://Example.com'), 'http://example.com/');
    for (const text of ['', 'example.com', 'javascript:0', '//x'])
      assert.throws(() => httpUrl(text), RangeError);
  });

  it('is a dataset that may be a table and a folder', () => {
    for (const text of ['logs', 'a', 'a_1', 'x'.repeat(63)]) assert.equal(datasetName(text), text);
    for (const text of ['', '1a', 'a-b', 'a/b', 'x'.repeat(64), 'staging', 'parquet', 'ä'])
      assert.throws(() => datasetName(text), RangeError, text);
  });
});
