import assert from 'node:assert/strict';
import type { LakeState } from '../../../src/inspect/status/lake-state.js';
import { screenOf } from '../../../src/inspect/status/screen.js';
import type { SourceState } from '../../../src/inspect/status/temporal-state.js';

const LAKE: LakeState = {
  uri: 'file:///lake',
  id: null,
  hours: [],
  missing: [],
  all: false,
  quarantineCut: false,
  damaged: [],
  counts: {
    ...{ hours: 0, seen: 0, landed: 0, duplicates: 0, late: 0, missing: 0 },
    bytes: { json: 0, compact: 0, gzip: 0 },
    ...{ quarantinedRecords: 0, quarantined: 0, reasons: {} },
  },
};

function sourceLine(source: Partial<SourceState>): string {
  const seen: SourceState = {
    newestId: 42,
    ratePerSecond: 96.2,
    lastPollAt: null,
    nextPollAt: null,
    lagMs: null,
    lastError: null,
    down: null,
    lostInLastSlot: 0,
    ...source,
  };
  const temporal = { schedule: null, source: seen, hoursOpen: [], workers: [] };
  const status = { dataset: 'logs', at: '2026-11-28T07:00:00.000Z', address: 'a:1', temporal, lake: LAKE };
  const lines = screenOf(status, (_, text) => text).split('\n');
  return lines.find((line) => line.trimStart().startsWith('source')) ?? '';
}

describe('the screen of status', () => {
  it('shows the rate of a source that answers', () => {
    assert.match(sourceLine({}), /newest id 42, 96\.2 records\/s$/);
  });

  it('says since when a source is down, and shows no rate of it', () => {
    const line = sourceLine({ down: { since: '2001-02-03T06:57:12.000Z', refusals: 12, quietUntil: null } });
    assert.match(line, /down since 2001-02-03 06:57 UTC \(12 polls without an answer\), newest id 42$/);
  });

  it('says until when the source asked for quiet', () => {
    const down = { since: '2001-02-03T06:57:12Z', refusals: 1, quietUntil: '2001-02-03T14:05:00Z' };
    assert.match(sourceLine({ down }), /asked for quiet until 2001-02-03 14:05 UTC\)/);
  });

  it('leaves out the day where it is today', () => {
    const since = new Date().toISOString();
    assert.match(sourceLine({ down: { since, refusals: 1, quietUntil: null } }), /down since \d\d:\d\d UTC/);
  });
});
