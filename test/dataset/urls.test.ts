import assert from 'node:assert/strict';
import { isFernlakeError } from '../../src/errors.js';
import { createUrlDictionary, urlOfCode } from '../../src/dataset/urls.js';

describe('the url dictionary', () => {
  const urls = createUrlDictionary(['/b', '/c', '/b']);

  it('always begins with the one url of the real source, and goes on with the configured ones in order', () => {
    assert.deepEqual([...createUrlDictionary([]).codes], [['/api/products/product/', '1']]);
    assert.equal(urls.codes.get('/b'), '2');
    assert.equal(urls.codes.get('/c'), '3');
  });

  it('gives the url of each of its codes', () => {
    for (const [url, code] of urls.codes) assert.equal(urlOfCode(code, urls), url);
    assert.equal(urlOfCode('4', urls), '/b');
  });

  it('says what to mend when a row holds a code that it does not have', () => {
    for (const code of ['5', '0', '', '01', '1.0', '-1', ' 1', '1e0', 'constructor']) {
      assert.throws(
        () => urlOfCode(code, urls),
        (error) => isFernlakeError(error, 'Configuration') && error.message.includes('FERNLAKE_URLS'),
      );
    }
  });
});
