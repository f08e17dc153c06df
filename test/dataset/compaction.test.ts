import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Codec,
  codecOf,
  compactText,
  epochMsOfTimeCode,
  expandText,
  localTimeJson,
} from '../../src/dataset/compaction.js';
import { isFernlakeError } from '../../src/errors.js';

const HEX = '954446921d7cda37f7f285ffbd7df61b5215886a1ff2b7abb55c4c29f151011f';
const UUID = '123e4567-e89b-12d3-a456-426614174000';

const CODECS = {
  hex: codecOf('hex'),
  time: codecOf('time'),
  http_method: codecOf('http_method'),
  dictionary: codecOf({ dictionary: ['/api/products/product/', '/other', '=odd', ''] }),
} satisfies Record<string, Codec>;
type Compaction = keyof typeof CODECS;

const forms: Record<Compaction, [string, string][]> = {
  hex: [
    [HEX, Buffer.from(HEX, 'hex').toString('base64url')],
    [UUID, Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url')],
    [HEX.toUpperCase(), `=${HEX.toUpperCase()}`],
    [UUID.toUpperCase(), `=${UUID.toUpperCase()}`],
    [`${HEX}\n`, `=${HEX}\n`],
    [UUID.replaceAll('-', ''), `=${UUID.replaceAll('-', '')}`],
    ['', '='],
    ['=', '=='],
  ],
  time: [
    ['2022-12-05T12:14:00.179Z', '221205121400179'],
    ['2000-02-29T00:00:00.000Z', '000229000000000'],
    ['2099-12-31T23:59:59.999Z', '991231235959999'],
    ['1999-12-31T23:59:59.999Z', '=1999-12-31T23:59:59.999Z'],
    ['2100-01-01T00:00:00.000Z', '=2100-01-01T00:00:00.000Z'],
    ['2022-12-05T12:14:00.179', '=2022-12-05T12:14:00.179'],
    ['2022-12-05 12:14:00.179Z', '=2022-12-05 12:14:00.179Z'],
    ['2022-12-05T12:14:00.17Z', '=2022-12-05T12:14:00.17Z'],
    ['2023-02-30T12:14:00.179Z', '=2023-02-30T12:14:00.179Z'],
    ['221205121400179', '=221205121400179'],
    ['=', '=='],
  ],
  http_method: [
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'].map(
      (method, index): [string, string] => [method, String(index + 1)],
    ),
    ['get', '=get'],
    ['1', '=1'],
    ['PURGE', '=PURGE'],
    ['', '='],
  ],
  dictionary: [
    ['/api/products/product/', '1'],
    ['/other', '2'],
    ['=odd', '3'],
    ['', '4'],
    ['/api/products/product', '=/api/products/product'],
    ['1', '=1'],
    ['==', '==='],
  ],
};

describe('the compact form', () => {
  for (const [compaction, pairs] of Object.entries(forms) as [Compaction, [string, string][]][]) {
    for (const [text, code] of pairs) {
      it(`of ${compaction} ${JSON.stringify(text)} is ${JSON.stringify(code)}, and back`, () => {
        assert.equal(compactText(CODECS[compaction], text), code);
        assert.equal(expandText(CODECS[compaction], code, 'x'), text);
      });
    }
  }

  it('has 43 characters for 64 hex digits, and 22 for a UUID', () => {
    assert.equal(compactText(CODECS.hex, HEX).length, 43);
    assert.equal(compactText(CODECS.hex, UUID).length, 22);
  });

  it('gives every text back, whatever it is', () => {
    const hex = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      hex,
      fc.uuid(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc
        .date({ min: new Date(Date.UTC(2000, 0)), max: new Date(Date.UTC(2100, 0)), noInvalidDate: true })
        .map((d) => d.toISOString()),
      fc.constantFrom(...Object.values(forms).flat(2)),
    );
    fc.assert(
      fc.property(
        text,
        fc.constantFrom<Compaction>('hex', 'time', 'http_method', 'dictionary'),
        (value, compaction) => {
          assert.equal(expandText(CODECS[compaction], compactText(CODECS[compaction], value), 'x'), value);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of a local time has the instant in front, and the text behind', () => {
    const text = '2022-12-05 13:14:00,179';
    for (const [instant, code] of [
      ['2022-12-05T12:14:00.179Z', `221205121400179=${text}`],
      ['1999-12-31T23:59:59.999Z', `1999-12-31T23:59:59.999Z=${text}`],
      ['2100-01-01T00:00:00.000Z', `2100-01-01T00:00:00.000Z=${text}`],
    ] as const) {
      assert.equal(localTimeJson(Date.parse(instant), JSON.stringify(text)), JSON.stringify(code));
      assert.equal(expandText(CODECS.time, code, 'x'), text);
      assert.equal(epochMsOfTimeCode(code), Date.parse(instant));
    }
  });

  it('of a time gives its instant, whatever the spelling', () => {
    for (const text of [
      '2022-12-05T12:14:00.179Z',
      '2022-12-05 12:14:00,179',
      '2022-12-05T14:14:00.179+0200',
    ])
      assert.equal(epochMsOfTimeCode(compactText(CODECS.time, text)), Date.parse('2022-12-05T12:14:00.179Z'));
  });

  it('that was never written is refused, so that no two codes mean the same', () => {
    const bad: [Compaction, string[]][] = [
      ['hex', ['', 'abc', `${'A'.repeat(42)}B`, `${'A'.repeat(21)}B`, HEX, 'A'.repeat(44)]],
      [
        'time',
        [
          '',
          '2022-12-05T12:14:00.179Z=x',
          '1999-12-31T24:00:00.000Z=x',
          '22120512140017',
          '221305121400179',
          '230229121400179',
          '221205241400179',
          '221205121460179',
        ].flatMap((code) => (code === '' ? [code] : [code, `${code}=x`])),
      ],
      ['http_method', ['', '0', '10', 'GET', '01']],
    ];
    for (const [compaction, codes] of bad) {
      for (const code of codes) {
        assert.throws(
          () => expandText(CODECS[compaction], code, 'x'),
          (error) => isFernlakeError(error, 'LakeCorrupt'),
          code,
        );
      }
    }
  });

  it('says what to mend when a row holds a code that a declared dictionary does not have', () => {
    for (const code of ['5', '0', '', '01', 'constructor'])
      assert.throws(
        () => expandText(CODECS.dictionary, code, 'url'),
        (error) =>
          isFernlakeError(error, 'Configuration') &&
          /in url that its dictionary of 4 does not have/.test(error.message),
      );
  });
});
