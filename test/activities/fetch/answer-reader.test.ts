import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readAnswer } from '../../../src/activities/fetch/answer-reader.js';
import { classOfBody } from '../../../src/activities/fetch/body-class.js';
import { answerFormOf, readEnvelope } from '../../../src/dataset/envelope.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { LIMITS } from '../../../src/limits.js';
import { encodeQuarantine } from '../../../src/lake/quarantine-entry.js';
import { UnreadableElement } from '../../../src/dataset/unreadable.js';

const DIARY = answerFormOf(LOG_API);
const read = (text: string) => readAnswer(Buffer.from(text), DIARY);
const good = (id: number): string => `{"recordId":${id},"ArrivalTimeStamp":1.5,"data":"gAAAAA"}`;
/** `id` for a good element, its reason for any other. */
const outline = (text: string): unknown[] =>
  read(text).elements.map((element) => {
    const envelope = readEnvelope(element, DIARY);
    return envelope.ok ? envelope.id : envelope.reason;
  });

describe('reading an archived answer', () => {
  const bad: Record<string, string> = {
    NaN: `{"recordId":2,"ArrivalTimeStamp":NaN,"data":"x"}`,
    Infinity: `{"recordId":2,"ArrivalTimeStamp":-Infinity,"data":"x"}`,
    'a raw tab in a string': `{"recordId":2,"name":"a\tb,]}","data":"x"}`,
    'a raw line break in a string': `{"recordId":2,"name":"a\nb","data":"x"}`,
    'a word of Python': `{"recordId":2,"name":None,"data":"x"}`,
    'an escape that is none': `{"recordId":2,"name":"\\x41","data":"x"}`,
    nothing: '',
  };
  for (const [what, element] of Object.entries(bad)) {
    it(`lets an element with ${what} cost itself alone`, () => {
      const text = ` [${good(1)}, ${element} ,\n${good(3)}]\n`;
      assert.throws(() => JSON.parse(text) as unknown);
      assert.deepEqual(outline(text), [1, 'malformed-envelope', 3]);
      assert.equal(read(text).fault, undefined);
      const [, kept] = read(text).elements;
      assert(kept instanceof UnreadableElement);
      assert.equal(kept.text, element);
      assert.equal(JSON.stringify({ envelope: kept }), JSON.stringify({ envelope: element }));
    });
  }

  it('keeps what stands in front of a cut, and says that there is one', () => {
    const text = `[${good(1)},${good(2)},{"recordId":3,"da`;
    assert.deepEqual(outline(text), [1, 2, 'malformed-envelope']);
    assert.equal(read(text).fault?.kind, 'cut');
  });

  it('counts what follows the array as one element more', () => {
    assert.deepEqual(outline(`[${good(1)}][${good(2)}]`), [1, 'malformed-envelope']);
    assert.deepEqual(outline(`[${good(1)},]`), [1, 'malformed-envelope']);
    assert.deepEqual(outline(`[${good(1)}] behind`), [1, 'malformed-envelope']);
  });

  for (const [what, body, says] of [
    ['a feed', '<?xml version="1.0"?><rss><title>News</title></rss>', /an XML document of 51 bytes/],
    ['an HTML page', '<!doctype html><title>Maintenance</title>', /an HTML page of 41 bytes/],
    ['an object', '{"error":"secret words"}', /a JSON object with the key error of/],
    ['text', 'try again later', /text that is not JSON/],
    ['bytes', Buffer.from([1, 2, 0xff, 0xfe, 9]), /bytes that are no text/],
    [
      'a gzip stream that is cut off',
      gzipSync('[1,2,3]').subarray(0, 12),
      /a gzip stream that does not unpack/,
    ],
  ] as const) {
    it(`counts an answer that is ${what} as one element, and keeps its bytes in the archive alone`, () => {
      const { elements, fault } = readAnswer(Buffer.from(body), DIARY);
      const [only] = elements;
      assert(elements.length === 1 && only instanceof UnreadableElement);
      assert.equal(only.reason, 'unreadable-answer');
      assert.equal(only.text, null);
      assert.match(only.detail, says);
      assert.doesNotMatch(only.detail, /secret|Maintenance|later/);
      assert.equal(fault?.kind, 'unreadable');
    });
  }

  it('finds no element where there is no body', () => {
    for (const body of ['', ' \r\n\t']) assert.deepEqual(read(body).elements, []);
  });

  it('counts an answer over a limit as one element', () => {
    const many = `[${'0,'.repeat(LIMITS.answerRecordsMax)}0]`;
    const deep = `[${'['.repeat(200_000)}${']'.repeat(200_000)}]`;
    for (const text of [many, deep, many.replace('0,', 'NaN,')]) {
      assert.deepEqual(outline(text), ['unreadable-answer']);
      assert.equal(read(text).fault?.kind, 'too-large');
    }
  });

  it('writes a quarantine entry of an element that is nested too deep to be written', () => {
    const [element] = read(`[${'['.repeat(50_000)}${']'.repeat(50_000)}]`).elements;
    assert.throws(() => JSON.stringify(element), RangeError);
    const entry = {
      reason: 'malformed-envelope',
      detail: 'x',
      raw: 'r',
      index: 0,
      envelope: element,
    } as const;
    assert.match(encodeQuarantine([entry]), /"envelope":null/);
  });

  it('splits any array into what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
        const texts = values.map((value) => JSON.stringify(value));
        // One element that is no JSON: all others are read by the slow road.
        const { elements } = read(`[${texts.join(' , ')},NaN]`);
        assert.deepEqual(elements.slice(0, -1), JSON.parse(`[${texts.join(',')}]`));
        assert(elements.at(-1) instanceof UnreadableElement);
      }),
    );
  });

  it('tells any body’s kind without a word of its own', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 25, unit: fc.constantFrom(...'qzxvkj0123 ') }), (text) => {
        const said = classOfBody(Buffer.from(text));
        assert(!said.includes(text.trim()) || text.trim() === '');
      }),
    );
  });
});
