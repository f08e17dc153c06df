import assert from 'node:assert/strict';
import { type Column, table } from '../../src/commands/table.js';

interface Row {
  readonly name: string;
  readonly n: number;
  readonly why: string;
}

const ROWS: readonly Row[] = [
  { name: 'a', n: 1, why: 'short' },
  { name: 'longer', n: 1_000, why: 'three words and more of them, so that it is long' },
];
const COLUMNS: readonly Column<Row>[] = [
  { head: 'name', cell: ({ name }) => name },
  { head: 'count', cell: ({ n }) => `${n}`, right: true },
  { head: 'why', cell: ({ why }) => why },
];

describe('a table on the terminal', () => {
  it('is one line a row in a pipe, however long: words left, figures right', () => {
    assert.deepEqual(table(COLUMNS, ROWS, undefined), [
      'name    count  why',
      'a           1  short',
      'longer   1000  three words and more of them, so that it is long',
    ]);
  });

  it('breaks the last column between words, below itself', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 42).slice(2), [
      'longer   1000  three words and more of',
      '               them, so that it is long',
    ]);
  });

  it('puts the last column on lines of its own where there is little room for it', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 30).slice(2), [
      'longer   1000',
      '    three words and more of',
      '    them, so that it is long',
    ]);
  });

  it('puts below what does not fit of the others, too, and never breaks a word', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 12), [
      'name',
      '    count',
      '    why',
      'a',
      '    1  short',
      'longer',
      '    1000',
      '    three',
      '    words',
      '    and more',
      '    of them,',
      '    so that',
      '    it is',
      '    long',
    ]);
    for (let columns = 10; columns < 70; columns += 1) {
      for (const line of table(COLUMNS, ROWS, columns)) assert(line.length <= columns, line);
    }
  });

  it('counts what is escaped as it is shown', () => {
    const evil = [{ name: '\u009b2J', n: 1, why: '' }];
    assert.deepEqual(table(COLUMNS.slice(0, 2), evil, 80), ['name      count', '\u009b2J      1']);
  });
});
