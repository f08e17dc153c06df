import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { isFernlakeError } from '../../src/errors.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { SPEC_KEY } from '../activities/decrypt/fernet-vectors.js';

function faultOf(...keys: string[]): string {
  try {
    createKeyRing(keys);
  } catch (error) {
    assert.ok(isFernlakeError(error, 'Configuration'));
    assert.equal(error.kind, 'terminal');
    return error.message;
  }
  return assert.fail('the keys were accepted');
}

describe('a key ring', () => {
  it('names a key by the first 8 hex digits of the SHA-256 of its 32 bytes, padded or not', () => {
    const id = createHash('sha256').update(Buffer.from(SPEC_KEY, 'base64url')).digest('hex').slice(0, 8);
    assert.deepEqual(createKeyRing([SPEC_KEY, SPEC_KEY.replace('=', '')]).keyIds, [id, id]);
  });

  it('says which key is malformed and why, and never shows it', () => {
    const bad: [string, RegExp][] = [
      ['', /empty/],
      [SPEC_KEY.slice(1), /it has 43 characters/],
      [SPEC_KEY.replace('_', '/'), /which base64url writes/],
      [`${SPEC_KEY}\n`, /white space/],
      [SPEC_KEY.replace('c', 'é'), /other characters/],
    ];
    for (const [text, why] of bad) {
      const message = faultOf(SPEC_KEY, text);
      assert.match(message, /Fernet key 2 of 2 is malformed/);
      assert.match(message, why);
      assert.ok(!message.includes('x689Rp'), 'the message holds a part of the key');
    }
    assert.match(faultOf(), /FERNET_KEYS/);
  });

  it('shows no secret when it is printed or serialized', () => {
    const ring = createKeyRing([SPEC_KEY]);
    const shown = `${inspect(ring, { depth: 9, showHidden: true })} ${JSON.stringify(ring)}`;
    assert.match(shown, /keyIds/);
    assert.ok(!/cw_0|Buffer|73 ?0f ?f4/i.test(shown), shown);
  });
});
