import assert from 'node:assert/strict';
import { Show, summaryOf } from '../../src/commands/up-show.js';
import type { Hour } from '../../src/dataset/hour.js';

describe('what up tells', () => {
  let lines: string[];
  let show: Show;
  beforeEach(() => {
    lines = [];
    show = new Show('file:///lake', false, (line) => lines.push(line));
  });

  it('is of quarantine: at once, and again when there is twice as much', () => {
    for (let i = 0; i < 500; i += 1)
      show.tell({ kind: 'quarantined', reasons: { undecryptable: 1, 'wrong-type': i === 7 ? 3 : 0 } });
    const of = (reason: string) => lines.filter((line) => line.includes(reason));
    assert.match(of('undecryptable')[0] ?? '', / kept {3}1 in quarantine .*npx fernlake quarantine list$/);
    assert.equal(of('undecryptable').length, 9, '1, 2, 4, … 256');
    assert.match(of('undecryptable').at(-1) ?? '', / 256 in quarantine since the start/);
    assert.deepEqual([of('wrong-type').length, lines.length], [1, 10]);
  });

  it('is nothing of quarantine where all lands', () => {
    show.tell({ kind: 'quarantined', reasons: {} });
    assert.deepEqual(lines, []);
  });

  it('is what really follows on a failure', () => {
    const failed = { kind: 'failed', attempt: 1, message: 'status 404' } as const;
    show.tell({ ...failed, activity: 'fetch', final: true });
    show.tell({ ...failed, activity: 'fetch', final: false });
    show.tell({ ...failed, activity: 'merge', final: true });
    const ends = lines.map((line) => /\(([^()]*)\)$/.exec(line)?.[1]);
    assert.deepEqual(ends, [
      'the source is asked again, ever less often',
      'it is tried again',
      'this run ends with it; the next one tries anew',
    ]);
  });

  it('ends with what is there and what to try next', () => {
    const hour = { revision: 1, landed: 700, complete: 1, sealedAt: '' };
    const state = {
      uri: 'file:///lake',
      id: null,
      hours: [
        { hour: '2023-04-20T13' as Hour, ...hour },
        { hour: '2023-04-20T14' as Hour, ...hour },
      ],
      missing: [{ hour: '2023-04-20T13' as Hour, missingCount: 5 }],
      all: false,
      quarantineCut: false,
      damaged: [],
      counts: {
        ...{ hours: 2, seen: 3_300, landed: 1_400, duplicates: 1_900, late: 0, missing: 5 },
        bytes: { json: 9_000, compact: 4_000, gzip: 2_000 },
        ...{ quarantinedRecords: 500, quarantined: 900 },
        reasons: { undecryptable: { records: 500, appearances: 900 } },
      },
    };
    const text = summaryOf(state).join('\n');
    assert.match(text, /newest 2 hours, 2023-04-20T13 to 2023-04-20T14: 1,400 rows, 2\.0 kB, 5 ids MISSING/);
    assert.match(text, /quarantine {2}undecryptable 500 in a day: npx fernlake quarantine list/);
    assert.match(text, /To try next:\n {2}npx fernlake verify/);
  });
});
