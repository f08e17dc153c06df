import assert from 'node:assert/strict';
import { readConfig } from '../../src/config/config.js';

const GOOD = { FERNET_KEYS: Buffer.alloc(32, 5).toString('base64url'), FERNLAKE_LAKE: 's3://bucket/lake' };
const sourceOf = (url: string, env: Record<string, string> = {}) =>
  readConfig({ source: true }, { ...GOOD, FERNLAKE_SOURCE_URL: url, ...env }).source;
const proxyOf = (url: string, env: Record<string, string>) => sourceOf(url, env).proxy;

describe('the settings of the source', () => {
  it('have defaults, and switch the parameter against caches off', () => {
    assert.deepEqual(sourceOf('https://a.example/'), { cacheBuster: '_', proxy: undefined, caFiles: [] });
    assert.equal(sourceOf('https://a.example/', { FERNLAKE_CACHE_BUSTER: 'false' }).cacheBuster, false);
    assert.equal(sourceOf('https://a.example/', { FERNLAKE_CACHE_BUSTER: 'nonce' }).cacheBuster, 'nonce');
    assert.throws(
      () => sourceOf('https://a.example/', { FERNLAKE_CACHE_BUSTER: 'a=b' }),
      /FERNLAKE_CACHE_BUSTER/,
    );
  });

  it('trust a private authority beside those of NODE_EXTRA_CA_CERTS', () => {
    const env = { FERNLAKE_SOURCE_CA_FILE: '/ca.pem', NODE_EXTRA_CA_CERTS: '/extra.pem' };
    assert.deepEqual(sourceOf('https://a.example/', env).caFiles, ['/ca.pem', '/extra.pem']);
    assert.deepEqual(sourceOf('https://a.example/', { NODE_EXTRA_CA_CERTS: '/extra.pem' }).caFiles, []);
  });

  it('take the proxy of the address’s scheme, small letters first, and one for all else', () => {
    const both = { HTTPS_PROXY: 'http://s:1', HTTP_PROXY: 'http://p:1' };
    assert.equal(proxyOf('https://a.example/', both), 'http://s:1/');
    assert.equal(proxyOf('http://a.example/', both), 'http://p:1/');
    assert.equal(
      proxyOf('https://a.example/', { ...both, https_proxy: 'http://small:1' }),
      'http://small:1/',
    );
    assert.equal(proxyOf('https://a.example/', { HTTP_PROXY: 'http://p:1' }), undefined);
    assert.equal(
      proxyOf('https://a.example/', { ALL_PROXY: 'proxy.local:3128' }),
      'http://proxy.local:3128/',
    );
    assert.equal(proxyOf('https://a.example/', { HTTPS_PROXY: ' ' }), undefined);
  });

  it('name a proxy that is none, without its password', () => {
    for (const bad of ['socks5://u:geheim@p:1', 'http://:geheim@'])
      assert.throws(
        () => proxyOf('https://a.example/', { HTTPS_PROXY: bad }),
        (error: Error) => /HTTPS_PROXY/.test(error.message) && !error.message.includes('geheim'),
      );
  });

  const excepted: [noProxy: string, host: string, straight: boolean][] = [
    ['*', 'a.example', true],
    ['a.example', 'a.example', true],
    ['A.EXAMPLE', 'a.example', true],
    ['a.example', 'www.a.example', true],
    ['.a.example', 'www.a.example', true],
    ['.a.example', 'a.example', true],
    ['*.a.example', 'www.a.example', true],
    ['a.example', 'nota.example', false],
    ['www.a.example', 'a.example', false],
    ['b.example, a.example', 'a.example', true],
    ['b.example a.example', 'a.example', true],
    ['a.example:443', 'a.example', true],
    ['a.example:8443', 'a.example', false],
    ['a.example:8443', 'a.example:8443', true],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['0.0.0.1', '10.0.0.1', false],
    ['::1', '[::1]', true],
    ['fd00::/8', '[fd12::1]', true],
    ['fd00::/8', '[2001:db8::1]', false],
    ['', 'a.example', false],
  ];
  for (const [noProxy, host, straight] of excepted) {
    it(`ask ${host} ${straight ? 'straight' : 'through the proxy'} with NO_PROXY=${noProxy}`, () => {
      const proxy = proxyOf(`https://${host}/log`, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy });
      assert.equal(proxy, straight ? undefined : 'http://p:1/');
    });
  }
});
