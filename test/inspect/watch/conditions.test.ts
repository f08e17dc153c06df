import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import type { Status } from '../../../src/inspect/status/screen.js';
import type { TemporalState } from '../../../src/inspect/status/temporal-state.js';
import { conditionsOf } from '../../../src/inspect/watch/conditions.js';

const NOW = Date.parse('2023-05-01T16:00:00.000Z');
const SOUND: TemporalState = {
  schedule: {
    ...{
      paused: false,
      note: null,
      nextRun: null,
      runsStarted: 1,
      slotsSkipped: 0,
      slotsMissed: 0,
      lake: null,
    },
  },
  source: {
    ...{ newestId: null, ratePerSecond: 1, lastPollAt: null, nextPollAt: null, lagMs: 0, lastError: null },
    ...{ down: null, lostInLastSlot: 0 },
  },
  hoursOpen: [],
  workers: [{ identity: 'w', seenAt: '' }],
};
const NOTHING = {
  ...{ hours: 1, seen: 1_000, landed: 1_000, duplicates: 0, late: 0, missing: 0 },
  ...{ bytes: { json: 0, compact: 0, gzip: 0 }, quarantinedRecords: 0, quarantined: 0, reasons: {} },
};

function keysOf(temporal: Status['temporal'], lake: Partial<Status['lake']> = {}): string[] {
  const all = {
    ...{
      uri: 'file:///lake',
      id: null,
      hours: [],
      all: false,
      missing: [],
      damaged: [],
      quarantineCut: false,
    },
    ...{ counts: NOTHING, ...lake },
  };
  const status: Status = { dataset: 'logs', at: '', address: '', temporal, lake: all };
  const facts = { status, newColumns: [], latenessMs: 0, idleMs: 0, nowMs: NOW };
  return conditionsOf(facts).map(({ key }) => key);
}

describe('what is worth waking somebody for', () => {
  it('is nothing of a sound pipeline', () => {
    assert.deepEqual(keysOf(SOUND), []);
  });

  const source = SOUND.source!;
  const down = { since: '2023-05-01T15:00:00.000Z', refusals: 3, quietUntil: null };
  const hour = '2023-05-01T14' as Hour;
  const refused = { 'wrong-type': { records: 5, appearances: 11 } };
  for (const [what, expected, temporal, lake] of [
    ['a server that is gone', 'no-server', { unreachable: 'nobody answers' }],
    ['no worker', 'no-worker', { ...SOUND, workers: [] }],
    ['no schedule', 'no-schedule', { ...SOUND, schedule: null }],
    ['a source that is down', 'source-down', { ...SOUND, source: { ...source, down } }],
    ['a window that has passed', 'window-passed', { ...SOUND, source: { ...source, lostInLastSlot: 7 } }],
    ['the same newest id', 'source-silent 17', { ...SOUND, source: { ...source, newestId: 17 } }],
    ['an hour that is over and open', `not-sealed ${hour}`, { ...SOUND, hoursOpen: [hour] }],
    ['missing ids', `ids-lost ${hour}`, SOUND, { missing: [{ hour, missingCount: 3 }] }],
    [
      'what cannot be read',
      'damaged x',
      SOUND,
      { damaged: [{ kind: 'damaged', key: 'x', why: 'it is not' }] },
    ],
    [
      'one in a hundred in quarantine',
      'quarantine',
      SOUND,
      { counts: { ...NOTHING, quarantinedRecords: 5, quarantined: 11, reasons: refused } },
    ],
  ] as const)
    it(`is ${what}`, () => {
      assert.deepEqual(keysOf(temporal, lake), [expected]);
    });

  it('is not a handful in quarantine, nor an hour that still goes on', () => {
    const counts = { ...NOTHING, quarantinedRecords: 2, quarantined: 4, reasons: refused };
    assert.deepEqual(keysOf({ ...SOUND, hoursOpen: ['2023-05-01T16'] }, { counts }), []);
  });
});
