import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UTC, zoneNamed } from '../../src/dataset/zone.js';
import { readTime } from '../../src/dataset/time-spellings.js';
import { runPython } from '../support/python.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REGIONS = [
  ...['Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata'],
  ...['Asia/Kathmandu', 'Pacific/Auckland', 'America/Sao_Paulo', 'Europe/Dublin', 'Africa/Casablanca'],
];

describe('a time without a zone', () => {
  const meant: [zone: string, text: string, utc: string][] = [
    ['UTC', '2024-03-02 05:10:00,123', '2024-03-02T05:10:00.123Z'],
    ['Europe/Berlin', '2024-03-02 05:10:00,123', '2024-03-02T04:10:00.123Z'],
    ['Europe/Berlin', '2024-07-02T05:10:00', '2024-07-02T03:10:00.000Z'],
    ['+05:30', '2024-03-02 05:10:00', '2024-03-01T23:40:00.000Z'],
    ['-03:30', '2024-12-31 23:10:00', '2025-01-01T02:40:00.000Z'],
    // The clock showed it twice: the first is meant.
    ['Europe/Berlin', '2024-10-27 02:30:00', '2024-10-27T00:30:00.000Z'],
    ['America/New_York', '2024-11-03 01:59:59.999', '2024-11-03T05:59:59.999Z'],
    ['Australia/Lord_Howe', '2024-04-07 01:45:00', '2024-04-06T14:45:00.000Z'],
    // The clock left it out: as far behind the jump as it claims.
    ['Europe/Berlin', '2024-03-31 02:30:00', '2024-03-31T01:30:00.000Z'],
    ['America/New_York', '2024-03-10 02:00:00', '2024-03-10T07:00:00.000Z'],
    // At its edges.
    ['Europe/Berlin', '2024-03-31 01:59:59.999', '2024-03-31T00:59:59.999Z'],
    ['Europe/Berlin', '2024-03-31 03:00:00', '2024-03-31T01:00:00.000Z'],
    ['Europe/Berlin', '2024-10-27 03:00:00', '2024-10-27T02:00:00.000Z'],
    // A day that Samoa left out, and the jump of a whole one.
    ['Pacific/Apia', '2011-12-31 00:00:00', '2011-12-30T10:00:00.000Z'],
    // Local mean time, of before there were zones.
    ['Europe/Berlin', '1800-01-01 00:53:28', '1800-01-01T00:00:00.000Z'],
    ['Europe/Berlin', '2016-12-31 23:59:60', '2016-12-31T22:59:59.999Z'],
    ['Europe/Berlin', '2024-12-31 24:00:00', '2024-12-31T23:00:00.000Z'],
  ];
  for (const [zone, text, utc] of meant)
    it(`${text} is ${utc} in ${zone}`, () => {
      const read = readTime(text, zoneNamed(zone));
      assert.equal(new Date(read?.epochMs ?? NaN).toISOString(), utc);
      assert.equal(read?.isLocal, true);
    });

  for (const text of ['2024-07-02T05:10:00Z', '2024-07-02T05:10:00 +0000', 'Tue, 02 Jul 2024 05:10:00 GMT'])
    it(`is not ${text}: it is the same wherever it is read`, () => {
      assert.deepEqual(readTime(text, zoneNamed('Europe/Berlin')), readTime(text, UTC));
      assert.equal(readTime(text, UTC)?.isLocal, false);
    });

  it('means what Python makes of it (fold=0), around every jump of a clock, too', function () {
    this.timeout(60_000);
    const wallMs = fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2025, 0) });
    const region = fc.constantFrom(...REGIONS);
    const anywhere = fc.sample(fc.tuple(region, wallMs), { numRuns: 1_000, seed: 1 });
    const around = REGIONS.flatMap((name) => jumpsOf(name).map((at): [string, number] => [name, at]));
    const asked = [...anywhere, ...around].map(([zone, ms]) => [
      zone,
      new Date(ms).toISOString().slice(0, 23),
    ]);
    const python = runPython(
      this,
      `import sys, json
from datetime import datetime
from zoneinfo import ZoneInfo
print(json.dumps([round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000) for zone, text in json.load(sys.stdin)]))`,
      asked,
    ) as number[];
    assert.ok(around.length > 500);
    asked.forEach(([zone = '', text = ''], i) =>
      assert.equal(readTime(text, zoneNamed(zone))?.epochMs, python[i], `${text} in ${zone}`),
    );
  });
});

/** Wall times near the changes of a zone's offset in recent years. */
function jumpsOf(name: string): number[] {
  const zone = zoneNamed(name);
  const found: number[] = [];
  // No zone changes twice within a day.
  for (let day = Date.UTC(2015, 0); day < Date.UTC(2024, 0); day += DAY_MS) {
    if (zone.offsetMsAt(day) === zone.offsetMsAt(day + DAY_MS)) continue;
    let at = day;
    while (zone.offsetMsAt(at) === zone.offsetMsAt(at + HOUR_MS)) at += HOUR_MS;
    for (let minute = -90; minute <= 150; minute += 30) found.push(at + minute * 60_000);
  }
  return found;
}

describe('a zone', () => {
  it('is UTC by any of its names', () => {
    for (const name of ['UTC', 'Etc/UTC', 'GMT', 'Z', '+00:00']) assert.equal(zoneNamed(name), UTC);
  });

  const refused = [
    'EST',
    'CET',
    'IST',
    'Europe/Atlantis',
    'europe',
    '+5',
    '+0530',
    '+24:00',
    '+05:60',
    'local',
    '/',
  ];
  for (const name of refused)
    it(`is not ${name}`, () => {
      assert.throws(() => zoneNamed(name), /is no zone: write UTC|is an offset that no zone has/);
    });
});
