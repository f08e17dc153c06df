import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import { buildSegment, decodeSegment, encodeSegment } from '../../lake/segment-twin.js';
import { readEntryTable } from '../../../src/activities/compact/entry-table.js';
import * as news from '../../../src/activities/partition/table-news.js';
import type { CompactedWindow } from '../../../src/inspect/verify/one-by-one.js';
import { encodeCompacted, type Shown } from '../../support/staged-reference.js';

const H12 = '2023-04-20T12' as Hour;
const H13 = '2023-04-20T13' as Hour;

/** A window of these ids; from 200 on they belong to the next hour. `row` makes the content. */
type Window = CompactedWindow & Shown;

function window(name: string, ids: readonly number[], row = 'r', kind: Shown['kind'] = 'carried'): Window {
  return {
    raw: name,
    kind,
    entries: ids.map((id, index) => ({
      id,
      raw: name,
      index,
      key: 'k',
      jsonBytes: 1,
      row: `{"${row}":${id}}`,
      hour: id < 200 ? H12 : H13,
    })),
    refusals: [],
    newestEventMs: null,
  };
}

const tableOf = (windows: readonly Window[]) =>
  readEntryTable(Buffer.from(windows.map((window) => encodeCompacted(window, window)).join('')));
const hoursWithNews = (windows: readonly Window[]): Hour[] => news.hoursWithNews(tableOf(windows));
const gapsBetween = (...windows: readonly Window[]) => [...news.gapsBetween(tableOf(windows))];

describe('what a window shows that the one before did not', () => {
  it('is everything, where there is none before', () => {
    assert.deepEqual(hoursWithNews([window('a', [198, 199, 200])]), [H12, H13]);
  });

  it('is nothing, where a quiet source repeats itself', () => {
    assert.deepEqual(
      hoursWithNews([window('a', [1, 2], 'r', 'before'), window('b', [1, 2]), window('c', [2])]),
      [],
    );
  });

  it('is a new id, in its hour only', () => {
    assert.deepEqual(hoursWithNews([window('a', [198, 199], 'r', 'before'), window('b', [199, 200])]), [H13]);
  });

  it('is nothing, where a source gives its keys in another order at each poll', () => {
    const [before, now] = [window('a', [1], 'r', 'before'), window('b', [1])];
    const swap = (row: string | undefined, first: boolean): string =>
      first ? `${row?.slice(0, -1)},"s":1}` : `{"s":1,${row?.slice(1)}`;
    const other = (from: Window, first: boolean): Window => ({
      ...from,
      entries: from.entries.map((entry) => ({ ...entry, row: swap(entry.row, first) })),
    });
    assert.deepEqual(hoursWithNews([other(before, true), other(now, false)]), []);
  });

  it('is another content under a known id', () => {
    assert.deepEqual(hoursWithNews([window('a', [1], 'r', 'before'), window('b', [1], 'other')]), [H12]);
  });

  it('never is what the answer before itself shows', () => {
    assert.deepEqual(hoursWithNews([window('a', [1, 200], 'r', 'before')]), []);
  });
});

describe('windows that do not overlap', () => {
  it('name the ids between them, in the hour in which the second begins', () => {
    const gaps = gapsBetween(
      window('a', [190, 191], 'r', 'before'),
      window('b', [205, 206]),
      window('c', [206, 210]),
    );
    assert.deepEqual(gaps, [[H13, [[192, 204]]]]);
  });

  it('count from the newest id that any answer before has shown, be it of an element that was refused', () => {
    const [first, second] = [window('a', [190]), window('c', [205])];
    assert.deepEqual(gapsBetween({ ...first, newestId: 200 }, second), [[H13, [[201, 204]]]]);
    assert.deepEqual(gapsBetween({ ...first, newestId: 204 }, second), []);
    assert.deepEqual(gapsBetween({ ...first, newestId: 300 }, window('b', [191]), second), []);
  });

  it('name nothing where they touch or overlap, and nothing before the first', () => {
    assert.deepEqual(gapsBetween(window('a', [10, 11]), window('b', [12, 13]), window('c', [13, 20])), []);
  });

  it('name nothing beside an answer that shows no id, or could not be read: they are no neighbours then', () => {
    const [first, second] = [window('a', [10, 11]), window('c', [20])];
    assert.deepEqual(gapsBetween(first, window('b', []), second), []);
    assert.deepEqual(gapsBetween(first, window('b', [], 'r', 'damaged'), second), []);
    assert.deepEqual(gapsBetween(first, window('b', [], 'r', 'gone'), second), []);
  });

  it('keep what they name in the segment', () => {
    const segment = { ...buildSegment(H12, window('b', [5]).entries), gaps: [[2, 4]] as const };
    assert.deepEqual(decodeSegment(encodeSegment(segment)).gaps, [[2, 4]]);
    assert.equal(decodeSegment(encodeSegment(buildSegment(H12, []))).gaps, undefined);
  });
});
