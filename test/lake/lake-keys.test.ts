import { STAGING } from '../../src/storage/key.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hour } from '../../src/dataset/hour.js';
import * as keys from '../../src/lake/keys.js';

const HOUR = '2023-04-20T13' as Hour;
const PARTITION = 'year=2023/month=04/day=20/hour=13';
const ARRIVED_MS = Date.UTC(2023, 3, 20, 13, 12, 6, 819);
const SHA256 = '0123456789abcdef'.repeat(4);
const NAME = '20230420T131206.819Z-0123456789ab';

describe('the keys of the lake', () => {
  const spelled: [string, string][] = [
    [keys.tableKey('logs', HOUR), `logs/${PARTITION}/logs.json.gz`],
    [keys.parquetKey('logs', HOUR), `parquet/logs/${PARTITION}/logs.parquet`],
    [keys.ledgerKey('logs', HOUR), `ledger/logs/${PARTITION}.json`],
    [keys.rawName(ARRIVED_MS, SHA256), NAME],
    [keys.rawKey('logs', NAME), `raw/logs/${PARTITION}/${NAME}.json.gz`],
    [keys.quarantineKey('logs', NAME), `quarantine/logs/${PARTITION}/${NAME}.json.gz`],
    [
      keys.segmentKey('logs', HOUR, '20230420T131500.000Z', 2),
      'segments/logs/2023-04-20T13/20230420T131500.000Z-2.json.gz',
    ],
    [keys.stagingPrefix('logs', 'run'), 'staging/logs/run/'],
  ];
  for (const [made, expected] of spelled)
    it(`are spelled as in the design: ${expected}`, () => assert.equal(made, expected));

  it('lie each under the prefix that lists them', () => {
    const pairs: [string, string][] = [
      [keys.tableKey('logs', HOUR), keys.tablePrefix('logs')],
      [keys.ledgerKey('logs', HOUR), keys.ledgerPrefix('logs')],
      [keys.rawKey('logs', NAME), keys.rawPrefix('logs')],
      [keys.rawKey('logs', NAME), keys.rawHourPrefix('logs', HOUR)],
      [keys.quarantineKey('logs', NAME), keys.quarantinePrefix('logs')],
      [keys.quarantineKey('logs', NAME), keys.quarantineHourPrefix('logs', HOUR)],
      [keys.segmentKey('logs', HOUR, 's', 0), keys.segmentsPrefix('logs')],
      [keys.segmentKey('logs', HOUR, 's', 0), keys.segmentHourPrefix('logs', HOUR)],
      [keys.stagingPrefix('logs', 'run'), STAGING],
    ];
    for (const [key, prefix] of pairs) assert.ok(prefix.endsWith('/') && key.startsWith(prefix), key);
  });

  it('put nothing but the hours of the table under the table', () => {
    const others = [keys.ledgerPrefix('logs'), keys.rawPrefix('logs'), keys.quarantinePrefix('logs')];
    for (const prefix of [...others, keys.segmentsPrefix('logs'), STAGING, keys.parquetKey('logs', HOUR)]) {
      assert.ok(!prefix.startsWith(keys.tablePrefix('logs')), prefix);
    }
  });

  it('tell the raw name, and it the time of arrival, to the millisecond and in order', () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const name = keys.rawName(a, SHA256);
        assert.equal(keys.arrivalMs(name), a);
        assert.equal(keys.rawNameOf(keys.rawKey('logs', name)), name);
        assert.equal(keys.rawNameOf(keys.quarantineKey('logs', name)), name);
        assert.equal(keys.compactTime(a) < keys.compactTime(b), a < b);
        assert.ok(keys.rawKey('logs', name).startsWith(keys.rawHourPrefix('logs', keys.arrivalHour(name))));
      }),
    );
  });

  for (const text of [
    '20230230T131206.819Z',
    '20230420T241206.819Z',
    '20230420T131260.819Z',
    '2023-04-20',
    'x',
    '',
  ]) {
    it(`take ${JSON.stringify(text)} for no time`, () => {
      assert.equal(keys.parseCompactTime(text), undefined);
      assert.throws(() => keys.arrivalMs(`${text}-0123456789ab`), RangeError);
    });
  }
});
