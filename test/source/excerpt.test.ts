import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redact, safeExcerpt } from '../../src/source/excerpt.js';

const excerpt = (text: string, secrets: string[] = []): string => safeExcerpt(Buffer.from(text), secrets);

describe('the excerpt of an answer', () => {
  it('is the title of an HTML page', () => {
    assert.equal(excerpt('<html><title>\n 504 Gateway\tTime-out </title><p>x'), '504 Gateway Time-out');
  });

  it('is the first words of a page without a title', () => {
    assert.equal(excerpt('<html><style>p{}</style><p>Please <b>wait</b>'), 'Please wait');
  });

  it('is at most 80 printable characters', () => {
    assert.equal([...excerpt('ab c\u0000\u202e\r\n'.repeat(50))].length, 80);
  });

  it('hides tokens, query strings and secrets', () => {
    assert.equal(excerpt('key gAAAAABkQL_yS8FuQlsOKyDvyOWYbjcs end'), 'key [redacted] end');
    assert.equal(excerpt('GET /log?key=abc HTTP'), 'GET /log?[redacted] HTTP');
    assert.equal(excerpt('for alice', ['alice']), 'for [redacted]');
  });

  it('says nothing of an array: it may hold records', () => {
    assert.equal(excerpt(' [{"user":"x"'), '');
  });

  it('never shows 20 characters of a token, wherever it stands', () => {
    const token = 'gAAAAABkQL_yS8FuQlsOKyDvyOWYbjcsIc15bHiK4PWZUF9O8NtSjg==';
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const shown = excerpt(`${before} ${token} ${after}`);
        for (let i = 0; i + 12 <= token.length; i++) assert.ok(!shown.includes(token.slice(i, i + 12)));
      }),
    );
  });

  it('redacts the longest known secret even when it holds a shorter one', () => {
    assert.equal(redact('pass-and-more', ['pass-and-more', 'pass']), '[redacted]');
  });
});
