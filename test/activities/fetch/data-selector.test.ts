import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { readAnswer } from '../../../src/activities/fetch/answer-reader.js';
import { openPlain } from '../../../src/activities/decrypt/open-plain.js';
import { createHttpSource } from '../../../src/activities/fetch/http.js';
import { type AnswerForm, answerFormOf } from '../../../src/dataset/envelope.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { UnreadableElement } from '../../../src/dataset/unreadable.js';
import { LIMITS } from '../../../src/limits.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

const selecting = (data_selector: string): AnswerForm =>
  answerFormOf({ ...LOG_API, source: { ...LOG_API.source, data_selector } });
const FORM = selecting('data.items');
const read = (text: string | Buffer) => readAnswer(Buffer.from(text), FORM);

describe('an answer whose array is somewhere within', () => {
  it('gives the elements to which the path leads', () => {
    assert.deepEqual(read('{"data":{"items":[{"recordId":1}, 2]},"next":null}'), {
      elements: [{ recordId: 1 }, 2],
    });
    assert.deepEqual(read('{"data":{"items":[]}}').elements, []);
    assert.deepEqual(read(gzipSync('{"data":{"items":[7]}}')).elements, [7]);
    assert.deepEqual(readAnswer(Buffer.from('{"items":[1]}'), selecting('items')).elements, [1]);
  });

  it('holds no record where null stands for the array, as Go writes a list without elements', async () => {
    for (const [body, form] of [
      ['{"data":{"items":null}}', FORM],
      ['null', answerFormOf(LOG_API)],
    ] as const)
      await withServer(answering(200, body), async ({ url }) => {
        const answer = await createHttpSource({ url }, form).poll();
        assert.deepEqual([answer.envelopes, answer.fault], [[], undefined]);
        assert.deepEqual(openPlain(form, answer.body, () => assert.fail()).refusals, []);
      });
  });

  it('lets an element that is no JSON cost itself alone, as in an answer that is the array', () => {
    const { elements, fault } = read('{"n":1,"data":{"items":[{"a":1}, {"a":NaN} ,3]},"next":"x"}');
    assert.equal(fault, undefined);
    assert.deepEqual([elements[0], elements[2], elements.length], [{ a: 1 }, 3, 3]);
    assert(elements[1] instanceof UnreadableElement);
    assert.equal(elements[1].text, '{"a":NaN}');
  });

  it('keeps what stands in front of a cut; behind the array a cut costs nothing', () => {
    const cut = read('{"data":{"items":[{"a":1},{"a":2},{"a');
    assert.equal(cut.fault?.kind, 'cut');
    assert.deepEqual(cut.elements.slice(0, 2), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(read('{"data":{"items":[1,2]},"next":"ab'), { elements: [1, 2] });
  });

  it('is held to the same limits', () => {
    const many = `{"data":{"items":[${'1,'.repeat(LIMITS.answerRecordsMax)}1]}}`;
    assert.equal(read(many).fault?.kind, 'too-large');
    const deep = `{"data":{"items":${'['.repeat(LIMITS.answerDepthMax + 1)}`;
    assert.equal(readAnswer(Buffer.from(deep), FORM, true).fault?.kind, 'too-large');
  });

  const faults: readonly [what: string, body: string, says: RegExp][] = [
    [
      'another object',
      '{"error":{"secret words":1}}',
      /a JSON object with the key error of \d+ bytes, in which data\.items is not there.*looks like an error message of the API/,
    ],
    [
      'another place',
      '{"data":{"rows":[1,2],"x y":3}}',
      /in which data\.items is not there \(data is an object with the keys rows and 1 more\).*its array is in data\.rows \(2 elements\): .*data_selector: data\.rows/,
    ],
    ['the array itself', '[{"recordId":1}]', /whose outermost value is an array.*leave data_selector out/],
    [
      'an object there',
      '{"data":{"items":{"secret":1, "a b":2}}}',
      /whose data\.items is an object with the keys secret and 1 more/,
    ],
    ['text there', '{"data":{"items":"secret"}}', /whose data\.items is text/],
    ['null on the way', '{"data":null}', /whose data is null/],
    ['a number', '7', /whose outermost value is a number/],
  ];
  for (const [what, body, says] of faults)
    it(`is none with ${what}, and says so without its content`, async () => {
      await withServer(answering(200, body), async ({ url }) => {
        const answer = await createHttpSource({ url }, FORM).poll();
        assert.equal(answer.body.toString(), body);
        const { message } = await failing(Promise.resolve(answer), 'SourceAnswer', 'transient');
        assert.match(message, says);
        assert.doesNotMatch(message, /secret words|"secret"|a b|x y/);
        const [only] = answer.envelopes;
        assert(only instanceof UnreadableElement && answer.envelopes.length === 1);
        assert.equal(only.reason, 'unreadable-answer');
      });
    });

  it('tells of a path where none was declared', async () => {
    await withServer(answering(200, '{"data":{"items":[1,2]}}'), async ({ url }) => {
      const { message } = await failing(
        createHttpSource({ url }, answerFormOf(LOG_API)).poll(),
        'SourceAnswer',
        'transient',
      );
      assert.match(message, /its array is in data\.items \(2 elements\): .*data_selector: data\.items/);
    });
  });
});
