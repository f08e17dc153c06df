import assert from 'node:assert/strict';
import { LIMITS } from '../../src/limits.js';
import { readLiteral, readLiteralText } from '../../src/dataset/literal.js';
import type { QuarantineReason } from '../../src/dataset/reason.js';

/** The whole dict as JSON text. */
function jsonOf(text: string): string {
  const result = readLiteralText(text);
  assert.ok(result.ok, `${text}: ${result.ok ? '' : result.detail}`);
  return `{${result.fields.map(({ name, json }) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function reasonOf(plaintext: string | Buffer): string {
  const result = readLiteral(Buffer.from(plaintext as string));
  return result.ok ? 'accepted' : result.reason;
}

const nested = (depth: number): string => `{'a': ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('a plaintext', () => {
  const read: Record<string, [string, string]> = {
    'as the real source writes it': [
      "{'user_id': 'ab', 'record_id': 24, 'detail': {'message': 'POST', 'ok': True, 'no': None}}",
      '{"user_id":"ab","record_id":24,"detail":{"message":"POST","ok":true,"no":null}}',
    ],
    'with an apostrophe in double quotes': [`{'a': "it's"}`, `{"a":"it's"}`],
    'with quotes of both kinds': [`{'a': 'it\\'s "so"'}`, `{"a":"it's \\"so\\""}`],
    'with integer-like keys, in their order': [
      "{'2': 0, '1': 0, '__proto__': 1}",
      '{"2":0,"1":0,"__proto__":1}',
    ],
    'with numbers, as they are spelled': [
      "{'a': [1.50, -0.0, 1e-07, 1E5, 0, -12, 9007199254740991, -0]}",
      '{"a":[1.50,-0.0,1e-07,1E5,0,-12,9007199254740991,-0]}',
    ],
    'with all of the escapes of Python': [
      String.raw`{'a': '\a\b\f\n\r\t\v\\\'\"\x41\u00e9\U0001f600\101\0\777'}`,
      String.raw`{"a":"\u0007\b\f\n\r\t\u000b\\'\"Aé😀A\u0000ǿ"}`,
    ],
    'with escapes that Python does not know': [String.raw`{'a': '\q\ \8'}`, String.raw`{"a":"\\q\\ \\8"}`],
    'with a line joined by a backslash': ["{'a': 'b\\\nc\\\r\nd'}", '{"a":"bcd"}'],
    'with a tab as it is in a string': ["{'a': 'b\tc'}", String.raw`{"a":"b\tc"}`],
    'with white space and trailing commas': [" \t{ 'a' :\n[ 1 ,\r\n], 'b':{},\t} \r\n\n", '{"a":[1],"b":{}}'],
    'that is an empty dict': ['{}', '{}'],
    'that is JSON': ['{"a": [true, false, null, {"b": -1.5e3}]}', '{"a":[true,false,null,{"b":-1.5e3}]}'],
    'that is JSON and Python at once': [`{"it's": 1}`, `{"it's":1}`],
    'that is JSON where the two differ': [String.raw`{"a": "\/\ud83d\ude00"}`, '{"a":"/😀"}'],
    'that begins like JSON and is Python': [
      String.raw`{"a": "\/", "b": True}`,
      String.raw`{"a":"\\/","b":true}`,
    ],
    'whose keys would clash in JSON, but is Python': [
      String.raw`{"\/": 1, "/": 2, "b": None}`,
      String.raw`{"\\/":1,"/":2,"b":null}`,
    ],
    'with text beyond ASCII': ['{\'é\': "\u2028😀\u007f"}', '{"é":"\u2028😀\u007f"}'],
  };
  for (const [name, [text, json]] of Object.entries(read)) {
    it(`${name} is carried over into JSON text`, () => assert.equal(jsonOf(text), json));
  }

  it('tells the type of each field, and decodes strings', () => {
    const result = readLiteralText(
      `{'s': 'a\\n', 'i': 1, 'f': 1.0, 'e': 1e2, 'b': False, 'n': None, 'd': {}, 'l': ['x']}`,
    );
    assert.deepEqual(
      result.fields.map(({ name, type, text }) => [name, type, text]),
      [
        ['s', 'string', 'a\n'],
        ['i', 'integer', ''],
        ['f', 'float', ''],
        ['e', 'float', ''],
        ['b', 'boolean', ''],
        ['n', 'null', ''],
        ['d', 'dict', ''],
        ['l', 'list', ''],
      ],
    );
  });

  const refused: [QuarantineReason, Record<string, string | Buffer>][] = [
    [
      'not-a-record',
      {
        'nothing at all': '',
        blanks: '  ',
        'a list': '[1]',
        'a string': "'a'",
        'a number': '1',
        'a set': "{'a', 'b'}",
        HTML: '<html>502</html>',
        'a call': "__import__('os').system('true')",
        'a call as a value': "{'a': __import__('os')}",
        'an unquoted key': '{a: 1}',
        'JSON names in Python': "{'a': true}",
        nan: "{'a': nan}",
        'JSON NaN': '{"a": NaN}',
        'an f-string': "{'a': f'b'}",
        'a raw string': "{'a': r'b'}",
        'adjacent strings': "{'a': 'b' 'c'}",
        'triple quotes': "{'a': '''b'''}",
        'a comment': "{'a': 1 # one\n}",
        'text behind it': "{'a': 1} {}",
        'a lone comma': '{,}',
        'two commas': "{'a': 1,,}",
        'a list of a comma': "{'a': [,]}",
        'no colon': "{'a' 1}",
        'no value': "{'a':}",
        'no end': "{'a': 1",
        'a string without end': "{'a': 'b",
        'a string with an escape at its end': "{'a': 'b\\",
        'a line break in a string': "{'a': 'b\nc'}",
        'a NUL in a string': "{'a': 'b\0c'}",
        'a short escape': String.raw`{'a': '\x4'}`,
        'a code point that there is not': String.raw`{'a': '\U00110000'}`,
        'an indented line behind it': "{'a': 1}\n ",
        'a line break in front': "\n {'a': 1}",
        'a byte order mark': "\ufeff{'a': 1}",
        'a blank of another kind': "{'a':\u00a01}",
        'bytes that are not UTF-8': Buffer.from([0x7b, 0x27, 0xff, 0x27, 0x3a, 0x31, 0x7d]),
        'a surrogate as UTF-8': Buffer.from([0x7b, 0x27, 0xed, 0xa0, 0x80, 0x27, 0x3a, 0x31, 0x7d]),
      },
    ],
    [
      'unrepresentable',
      {
        'a tuple': "{'a': (1, 2)}",
        'a set inside': "{'a': {1, 2}}",
        'an empty set': "{'a': set()}",
        bytes: "{'a': b'x'}",
        'an imaginary number': "{'a': 2j}",
        'a complex number': "{'a': 1+2j}",
        'a number as a key': "{1: 'a'}",
        'a dict with None as a key': "{'a': {None: 1}}",
        'a float beyond the doubles': "{'a': 1e999}",
        'the same in JSON': '{"a": -1e999}',
        'an integer beyond them': `{'a': 1${'0'.repeat(309)}}`,
        'digits with underscores': "{'a': 1_000}",
        'a hexadecimal number': "{'a': 0x10}",
        'a point at the end': "{'a': 1.}",
        'a point in front': "{'a': .5}",
        'a plus': "{'a': +1}",
        'a minus apart': "{'a': - 1}",
        'leading zeros': "{'a': 007}",
        'half a surrogate pair': String.raw`{'a': '\ud800'}`,
        'a pair by two Python escapes': String.raw`{'a': '\ud83d\ude00'}`,
        'half a pair in JSON': String.raw`{"a": "\ud83d x"}`,
        'a pair the wrong way round in JSON': String.raw`{"a": "\ude00\ud83d"}`,
        'a character by its name': String.raw`{'a': '\N{BULLET}'}`,
        'nesting beyond the limit': nested(LIMITS.recordDepthMax + 1),
        'nesting without end': `{'a': ${'['.repeat(100_000)}`,
      },
    ],
    [
      'ambiguous-field',
      {
        'a key twice': "{'a': 1, 'a': 1}",
        'keys that differ by case': "{'Ab': 1, 'aB': 1}",
        'such keys inside': "{'a': [{'b': 1, 'B': 1}]}",
        'in JSON': '{"a": 1, "\\u0061": 1}',
      },
    ],
    ['too-large', { 'more bytes than the limit': `{'a': '${'x'.repeat(LIMITS.recordBytesMax)}'}` }],
  ];
  for (const [reason, cases] of refused) {
    for (const [name, text] of Object.entries(cases)) {
      it(`with ${name} is refused as ${reason}`, () => assert.equal(reasonOf(text), reason));
    }
  }

  it('may nest as deep as the limit, and be as large', () => {
    assert.equal(reasonOf(nested(LIMITS.recordDepthMax)), 'accepted');
    const frame = "{'a': ''}";
    assert.equal(reasonOf(`{'a': '${'x'.repeat(LIMITS.recordBytesMax - frame.length)}'}`), 'accepted');
  });

  it('with a fault of meaning still gives its fields, so that the hour can be read', () => {
    const result = readLiteralText("{'a': 1, 'a': 9007199254740992, 'inDate': 'x'}");
    assert.ok(!result.ok && result.reason === 'ambiguous-field');
    assert.deepEqual(
      result.fields.map(({ name }) => name),
      ['a', 'a', 'inDate'],
    );
  });

  it('is named in a refusal by rule and position, never by content', () => {
    const result = readLiteralText("{'password': hunter2}");
    assert.ok(!result.ok);
    assert.equal(result.detail, 'not a literal, at character 13');
  });

  it('costs linear time, whatever it holds', () => {
    const size = LIMITS.recordBytesMax - 10;
    const keys = Array.from({ length: 20_000 }, (_, i) => `'k${i}':0`).join();
    const hostile = [
      `{'a': '${'\\x41'.repeat(size / 4)}'}`,
      `{'a': [${'[],'.repeat(size / 4)}]}`,
      `{'a': ${'1'.repeat(size)}}`,
      `{'a': ${'+ '.repeat(size / 2)}}`,
      `{'a': ${'1e+'.repeat(size / 3)}}`,
      `{'a': 1${' '.repeat(size / 2)}+${' '.repeat(size / 3)}}`,
      `{${keys}}`,
      `{"a": ${'"\\'.repeat(size / 2)}`,
    ];
    for (const text of hostile) {
      const startedMs = performance.now();
      readLiteralText(text);
      const elapsedMs = performance.now() - startedMs;
      assert.ok(elapsedMs < 1000, `${text.slice(0, 20)}… took ${elapsedMs} ms`);
    }
  });
});
