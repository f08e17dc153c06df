import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import fernet from 'fernet';
import { encryptToken } from '../../support/fernet-mint.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { type AgeLimit, decryptTokens, type DecryptOutcome } from '../../../src/activities/decrypt/fernet.js';
import { INVALID, SPEC_KEY, SPEC_MINTED_MS, VALID } from './fernet-vectors.js';
import { sharedJson } from '../../support/shared-data.js';

const ring = createKeyRing([SPEC_KEY]);
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');

const textOf = (outcome: DecryptOutcome | undefined): string =>
  outcome?.ok ? outcome.plaintext.toString() : assert.fail(`not decrypted: ${outcome?.detail}`);
const detailOf = (outcome: DecryptOutcome | undefined): string =>
  outcome && !outcome.ok ? outcome.detail : assert.fail('decrypted');
const shown = (outcome: DecryptOutcome): string =>
  outcome.ok ? outcome.plaintext.toString() : outcome.detail;
const decryptOne = (token: string, age?: AgeLimit): DecryptOutcome | undefined =>
  decryptTokens(ring, [token], age)[0];
const mint = (plaintext: string | Uint8Array, key = SPEC_KEY): string =>
  encryptToken(key, Buffer.from(plaintext), { nowSec: 1_681_996_326, iv: randomBytes(16) });

describe('Fernet, against the specification', () => {
  it('mints the token of the vector', () => {
    const mintOptions = { nowSec: SPEC_MINTED_MS / 1000, iv: VALID.iv };
    assert.equal(encryptToken(SPEC_KEY, Buffer.from(VALID.plaintext), mintOptions), VALID.token);
  });

  it('decrypts the valid vector, within its time and without a clock', () => {
    assert.equal(textOf(decryptOne(VALID.token)), VALID.plaintext);
    assert.equal(
      textOf(decryptOne(VALID.token, { nowMs: SPEC_MINTED_MS + 1000, ttlMs: VALID.ttlMs })),
      'hello',
    );
  });

  for (const vector of INVALID) {
    it(`refuses the vector "${vector.desc}", by that rule`, () => {
      assert.match(
        detailOf(decryptOne(vector.token, { nowMs: Date.parse(vector.now), ttlMs: 60_000 })),
        vector.rule,
      );
    });
  }

  it('has the same vectors as the files of the specification', function () {
    const invalid = sharedJson(this, 'fernet-spec/invalid.json') as {
      desc: string;
      token: string;
      now: string;
    }[];
    const brief = (v: { desc: string; token: string; now: string }) => [v.desc, v.token, v.now];
    assert.deepEqual(INVALID.map(brief), invalid.map(brief));
    const [verify] = sharedJson(this, 'fernet-spec/verify.json') as {
      token: string;
      src: string;
      secret: string;
    }[];
    assert.deepEqual([verify?.token, verify?.src, verify?.secret], [VALID.token, VALID.plaintext, SPEC_KEY]);
  });
});

describe('Fernet, against the fernet package', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });

  it('decrypts what the package mints', () => {
    const secret = new fernet.Secret(SPEC_KEY);
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (messages) => {
        const tokens = messages.map((message) => new fernet.Token({ secret, ttl: 0 }).encode(message));
        assert.deepEqual(decryptTokens(ring, tokens).map(textOf), messages);
      }),
      { numRuns: 60 },
    );
  });

  it('mints what the package decrypts', () => {
    const secret = new fernet.Secret(SPEC_KEY);
    fc.assert(
      fc.property(text, (message) => {
        assert.equal(new fernet.Token({ secret, token: mint(message), ttl: 0 }).decode(), message);
      }),
      { numRuns: 60 },
    );
  });
});

describe('decrypting many tokens at once', () => {
  it('gives every plaintext in its place, whatever the sizes and whichever of three keys', () => {
    const keys = [SPEC_KEY, OTHER_KEY, Buffer.alloc(32, 9).toString('base64url')];
    const three = createKeyRing(keys);
    const item = fc.record({ bytes: fc.uint8Array({ maxLength: 700 }), key: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 300, size: 'max' }), (items) => {
        const outcomes = decryptTokens(
          three,
          items.map(({ bytes, key }) => mint(bytes, keys[key])),
        );
        assert.deepEqual(
          outcomes.map((outcome) =>
            outcome.ok ? [outcome.plaintext.toString('hex'), outcome.keyId] : outcome,
          ),
          items.map(({ bytes, key }) => [Buffer.from(bytes).toString('hex'), three.keyIds[key]]),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('carries a token that is larger than a batch, among small ones', () => {
    const sizes = [3, 200_000, 5, 70_000, 70_000, 0, 49_000, 48_999];
    const outcomes = decryptTokens(
      ring,
      sizes.map((size) => mint(Buffer.alloc(size, 'x'))),
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.plaintext.length),
      sizes,
    );
  });

  it('carries a token that is larger than a batch when it is the first, or only faulty ones come before', () => {
    // 65,407 bytes, padded, fill the 64 KiB of a batch to the last byte; one more is one block too many.
    for (const size of [65_391, 65_392, 65_407, 65_408, 200_000]) {
      const large = mint(Buffer.alloc(size, 'x'));
      for (const before of [[], ['rubbish!'], [mint('two', OTHER_KEY), '']]) {
        const outcomes = decryptTokens(ring, [...before, large, mint('one')]);
        assert.equal(textOf(outcomes[before.length]).length, size);
        assert.equal(textOf(outcomes[before.length + 1]), 'one');
      }
    }
  });

  it('lets one bad token stop none of the others', () => {
    const outcomes = decryptTokens(ring, [
      mint('one'),
      'rubbish!',
      mint('two', OTHER_KEY),
      '',
      mint('three'),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok),
      [true, false, false, false, true],
    );
    assert.equal(textOf(outcomes[4]), 'three');
    assert.match(detailOf(outcomes[2]), /^MAC is right for none of 1 keys$/);
  });

  it('says of each of many tokens what it says of it alone, whatever is wrong with its neighbours', () => {
    const spoil: readonly ((token: string, at: number) => string)[] = [
      (token) => token,
      (token) => token.replace(/=+$/, ''),
      (token) => `${token}=`,
      (token, at) => token.slice(0, at),
      (token, at) => `${token.slice(0, at)}=${token.slice(at)}`,
      (token, at) => `${token.slice(0, at)} ${token.slice(at)}`,
      (token, at) => `${token.slice(0, at)}+${token.slice(at + 1)}`,
      (token, at) => `${token.slice(0, at)}\u0141${token.slice(at + 1)}`,
    ];
    const way = fc.oneof({ weight: 8, arbitrary: fc.nat(1) }, fc.nat(spoil.length - 1));
    const token = fc
      .tuple(fc.oneof({ weight: 9, arbitrary: fc.nat(900) }, fc.nat(15_000)), way, fc.nat(120))
      .map(([size, how, at]) => spoil[how]!(mint('x'.repeat(size)), at));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        const alone = tokens.map((one) => decryptOne(one));
        assert.deepEqual(
          decryptTokens(ring, tokens).map(shown),
          alone.map((outcome) => shown(outcome!)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('finds the tokens among any number of texts that are none', () => {
    const texts = Array.from({ length: 5_000 }, (_, index) =>
      index % 50 === 49 ? mint(`number ${index}`) : index % 2 === 0 ? 'x' : '',
    );
    const outcomes = decryptTokens(ring, texts);
    assert.equal(outcomes.filter(({ ok }) => ok).length, 100);
    for (let index = 49; index < texts.length; index += 50) {
      assert.equal(textOf(outcomes[index]), `number ${index}`);
    }
  });

  it('gives nothing for no tokens', () => assert.deepEqual(decryptTokens(ring, []), []));

  it('refuses a token with any one bit of its bytes turned', () => {
    const good = Buffer.from(mint('a small message'), 'base64url');
    const turned = Array.from({ length: good.length * 8 }, (_, bit) => {
      const bytes = Buffer.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes.toString('base64url');
    });
    assert.ok(decryptTokens(ring, turned).every((outcome) => !outcome.ok));
  });

  it('refuses a token that is cut short anywhere', () => {
    const token = mint('a small message');
    const cut = Array.from({ length: token.length - 2 }, (_, length) => token.slice(0, length));
    assert.ok(decryptTokens(ring, cut).every((outcome) => !outcome.ok));
  });
});

describe("a token's base64url", () => {
  // 57 + 16 bytes: two characters of padding, and four unused bits in front of them.
  const token = mint('short');

  it('may come as Python opens it: in white space, broken into lines, in standard base64, with surplus padding', () => {
    const standard = Buffer.from(token, 'base64url').toString('base64');
    const spellings = [
      `${token}\n`,
      ` \t${token} `,
      (token.match(/.{1,76}/g) ?? []).join('\n'),
      (token.match(/.{1,40}/g) ?? []).join('\r\n'),
      standard,
      `${token}==`,
      `${token}====`,
      `${standard}\n`,
    ];
    const outcomes = decryptTokens(ring, [token, ...spellings, token]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.plaintext.toString('utf8')),
      outcomes.map(() => (outcomes[0]?.ok ? outcomes[0].plaintext.toString('utf8') : 'none')),
    );
    // What is in no alphabet is no spelling.
    for (const bad of [`b'${token}'`, `"${token}"`, `${token.slice(0, 9)}=${token.slice(9)}`, `${token}!`])
      assert.equal(decryptTokens(ring, [token, bad, token])[1]?.ok, false, bad);
  });

  it('may come with its padding or without it', () => {
    assert.ok(token.endsWith('=='));
    assert.equal(textOf(decryptOne(token)), 'short');
    assert.equal(textOf(decryptOne(token.slice(0, -2))), 'short');
  });

  it('may have its unused last bits set, as Python and Go accept', () => {
    const [last = 'A'] = token.slice(-3);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const odd = `${token.slice(0, -3)}${alphabet[alphabet.indexOf(last) + 1]}==`;
    assert.equal(textOf(decryptOne(odd)), 'short');
  });

  it('may hold nothing else', () => {
    const bad = [
      `${token.slice(0, 40)}=${token.slice(40)}`,
      `${token.slice(0, 40)}====${token.slice(40)}`,
      `${token.slice(0, 40)}\u0141${token.slice(41)}`,
      `${token.slice(0, 40)}\0${token.slice(41)}`,
    ];
    for (const outcome of decryptTokens(ring, bad)) assert.match(detailOf(outcome), /^not base64url/);
  });
});
