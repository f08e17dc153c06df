import assert from 'node:assert/strict';
import { Screen, Show, summaryOf } from '../../src/commands/up-show.js';
import type { Hour } from '../../src/dataset/hour.js';

describe('what up tells', () => {
  let lines: string[];
  let show: Show;
  beforeEach(() => {
    lines = [];
    show = new Show('file:///lake', new Screen(false, (line) => lines.push(line)));
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

  it('is of one failure over and over: when it has come twice as often, and anew behind an answer', () => {
    const failed = {
      kind: 'failed',
      attempt: 1,
      message: 'status 404',
      activity: 'fetch',
      final: true,
    } as const;
    for (let i = 0; i < 100; i += 1) show.tell(failed);
    assert.equal(lines.length, 7, '1, 2, 4, … 64');
    assert.match(lines[0] ?? '', /failed fetch, attempt 1: status 404 \(/);
    assert.match(lines.at(-1) ?? '', /failed fetch, attempt 1, 64 times the same: status 404 \(/);
    show.tell({ ...failed, message: 'status 403' });
    assert.equal(lines.length, 8);
    const observation = { records: 1, fresh: 1, newestId: 7 };
    show.tell({ kind: 'poll', result: { observation } } as Parameters<Show['tell']>[0]);
    show.tell(failed);
    assert.equal(lines.length, 10, 'the poll, and the failure as if for the first time');
  });

  it('names the dataset where there are several, each with a count of its own', () => {
    const screen = new Screen(false, (line) => lines.push(line));
    const [orders, returns] = ['orders', 'returns'].map((name) => new Show('file:///lake', screen, name));
    const observation = { records: 3, fresh: 3, newestId: 7 };
    const poll = { kind: 'poll', result: { observation } } as Parameters<Show['tell']>[0];
    for (const each of [orders, returns, orders]) each?.tell(poll);
    returns?.tell({ kind: 'open', hours: ['2023-04-20T13' as Hour], records: 3 });
    assert.deepEqual(
      lines.map((line) => line.slice(line.indexOf(' ') + 1).split(': ')[0]),
      ['orders poll 1', 'returns poll 1', 'returns open   2023-04-20T13'],
    );
  });

  it('ends with doctor where no hour was sealed', () => {
    const counts = {
      ...{ hours: 0, seen: 0, landed: 0, duplicates: 0, late: 0, missing: 0 },
      ...{ bytes: { json: 0, compact: 0, gzip: 0 }, quarantinedRecords: 30, quarantined: 90 },
      reasons: { 'malformed-envelope': { records: 30, appearances: 90 } },
    };
    const empty = {
      uri: 'file:///lake',
      id: null,
      hours: [],
      missing: [],
      all: false,
      quarantineCut: false,
      damaged: [],
    };
    const text = summaryOf([{ dataset: 'logs', lake: { ...empty, counts } }]).join('\n');
    assert.match(text, /no hour yet: .*npx fernlake doctor/);
    assert.match(text, /To try next:\n {2}npx fernlake doctor .*\n {2}npx fernlake up/);
    assert(!text.includes('fernlake query'), text);
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
    const text = summaryOf([{ dataset: 'logs', lake: state }]).join('\n');
    assert.match(text, /newest 2 hours, 2023-04-20T13 to 2023-04-20T14: 1,400 rows, 2\.0 kB, 5 ids MISSING/);
    assert.match(text, /quarantine {2}undecryptable 500 in a day: npx fernlake quarantine list/);
    assert.match(
      text,
      /To try next:\n {2}npx fernlake verify .*\n.*query "SELECT hour, count\(\*\) AS n FROM logs /,
    );
    const two = summaryOf(['orders', 'returns'].map((dataset) => ({ dataset, lake: state }))).join('\n');
    assert.deepEqual(two.match(/^Now in .*/gm), [
      'Now in file:///lake, orders:',
      'Now in file:///lake, returns:',
    ]);
    assert.match(two, /npx fernlake quarantine list --dataset returns\nTo try next:\n.*--dataset orders/);
    assert.match(two, /npx fernlake query --dataset orders "SELECT .* FROM orders /);
  });
});
