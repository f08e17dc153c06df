import fc from 'fast-check';

/** Texts of dict literals in all kinds of spelling, right ones and odd ones. */

const character = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'é',
      '😀',
      '\u2028',
      '\u0085',
      '\u00a0',
      '\ufeff',
      '\u200b',
      '\x7f',
      '\t',
      '\f',
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '\\n',
        '\\t',
        '\\\\',
        "\\'",
        '\\"',
        '\\/',
        '\\q',
        '\\x41',
        '\\x4',
        '\\u00e9',
        '\\ud83d\\ude00',
        '\\ud83d',
      ],
      ...[
        '\\U0001F600',
        '\\101',
        '\\0',
        '\\8',
        '\\777',
        '\\\n',
        '\\a',
        '\\v',
        '\\N{BULLET}',
        '\n',
        '\r',
        '\0',
        "'",
        '"',
      ],
    ),
  },
);

const stringLiteral = fc
  .tuple(fc.constantFrom("'", '"'), fc.array(character, { maxLength: 5 }))
  .map(([quote, characters]) => quote + characters.filter((c) => c !== quote).join('') + quote);

const number = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '1e5',
    '1E-07',
    '1.50',
    '007',
    '00',
    '0x1f',
    '1_0',
    '1.',
    '.5',
    '+1',
    '- 1',
    '--1',
  ),
  fc.constantFrom(
    '2j',
    '1+2j',
    '1e999',
    '1e',
    '9007199254740992',
    '1.e5',
    '0e0',
    '-1.5E+3',
    'inf',
    'NaN',
    'Infinity',
  ),
);

const name = fc.constantFrom(
  'True',
  'False',
  'None',
  'true',
  'false',
  'null',
  'TRUE',
  'set()',
  '...',
  "b'x'",
  "u'x'",
);
const blank = fc.constantFrom('', '', '', ' ', '\n', '\t', ' \r\n ', '\f', '\\\n', '#x\n');

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: stringLiteral },
    { weight: 4, arbitrary: number },
    { weight: 2, arbitrary: name },
    { weight: 2, arbitrary: fc.tuple(fc.array(tie('value'), { maxLength: 3 }), blank).map(listText) },
    { weight: 3, arbitrary: dictText(stringLiteral, tie('value')) },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((items) => `(${items.join(',')})`) },
  ),
}));

function listText([items, space]: [string[], string]): string {
  return `[${space}${items.join(`,${space}`)}${space}]`;
}

function dictText(key: fc.Arbitrary<string>, item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pair = fc.tuple(key, blank, item).map(([k, space, v]) => `${k}${space}:${space}${v}`);
  const comma = fc.constantFrom(',', ', ', ' ,');
  const tail = fc.constantFrom('', '', '', ',', ', ');
  return fc
    .tuple(fc.array(pair, { maxLength: 3 }), comma, tail)
    .map(([pairs, between, last]) => `{${pairs.join(between)}${pairs.length ? last : ''}}`);
}

export const literalText = fc
  .tuple(blank, dictText(stringLiteral, value), blank)
  .map(([before, text, after]) => before + text + after);

/** Well-formed texts: most edits of them are still texts that one could take for right. */
export const plainText = fc.constantFrom(
  "{'user_id': '95', 'record_id': 2462383, 'url': '/api/', 'detail': {'message': 'POST view', 'levelname': 'INFO'}}",
  `{"a": [1, 2.50, -3e-07, true, null], "b": {"c": "d\\u00e9\\n"}, "e": "it's"}`,
  `{'a': [1, 2.50, -3e-07, True, None], 'b': {'c': 'd\\xe9\\n'}, 'e': "it's"}`,
);

/** The text with one to three cuts, insertions or doublings. */
export function mangled(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ':',
    "'",
    '"',
    '\\',
    ' ',
    '\n',
    '\0',
    '-',
    '+',
    '.',
    '0',
    'e',
    '_',
    'x',
    'True',
    '#',
    '*',
    '\ud800',
  ];
  const edit = fc.record({
    at: fc.nat({ max: 200 }),
    cut: fc.nat({ max: 2 }),
    piece: fc.constantFrom('', '', ...pieces),
  });
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([start, edits]) =>
    edits
      .reduce((now, { at, cut, piece }) => {
        const offset = at % (now.length + 1);
        return now.slice(0, offset) + piece + now.slice(offset + cut);
      }, start)
      // Half a pair cannot be handed to Python as UTF-8.
      .replace(/\p{Surrogate}/gu, '?'),
  );
}
