import assert from 'node:assert/strict';
import { dictionaryOf, textOfCode } from '../../src/dataset/text-dictionary.js';

describe('a dictionary of texts', () => {
  const urls = dictionaryOf(['/a', '/b', '/c', '/b']);

  it('counts from 1 in the order of its list; of a text that stands twice the first place counts', () => {
    assert.equal(urls.codes.get('/b'), '2');
    assert.equal(urls.codes.get('/c'), '3');
  });

  it('gives the text of each of its codes', () => {
    for (const [url, code] of urls.codes) assert.equal(textOfCode(code, urls), url);
    assert.equal(textOfCode('4', urls), '/b');
  });

  it('has no text for any other code', () => {
    for (const code of ['5', '0', '', '01', '1.0', '-1', ' 1', '1e0', 'constructor'])
      assert.equal(textOfCode(code, urls), undefined, code);
  });
});
