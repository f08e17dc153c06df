import { ODD_NAMES } from '../support/odd-names.js';
import assert from 'node:assert/strict';
import { faultOfColumnName } from '../../src/dataset/column-names.js';

describe('the name of a column', () => {
  it('may need quotes: blanks, quotes, signs, words of SQL, letters of any script', () => {
    for (const name of ODD_NAMES) assert.equal(faultOfColumnName(name), undefined, name);
  });

  it('is none where no quotes help in some engine, or at the edges of what a catalogue has room for', () => {
    for (const name of [
      '',
      ' a',
      'a ',
      'a.b',
      'a:b',
      'a,b',
      'a;b',
      'f(x)',
      'a=b',
      '<a>',
      'a`b',
      'a\\b',
      'a\nb',
      'a\u0000',
      'a\ud800',
    ])
      assert.match(faultOfColumnName(name) ?? '', /is no name for a column/, JSON.stringify(name));
    assert.equal(faultOfColumnName('ä'.repeat(63)), undefined);
    assert.ok(faultOfColumnName('a'.repeat(64)));
  });

  it('is not one that tables have of their own, in whatever case', () => {
    for (const name of ['year', 'Hour', 'DT', 'unknown_fields'])
      assert.match(faultOfColumnName(name) ?? '', /tables have of their own/, name);
  });
});
