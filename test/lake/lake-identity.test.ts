import assert from 'node:assert/strict';
import { decodeLake, encodeLake } from '../../src/lake/identity.js';

const ID = '3f9a12cd-0000-4000-8000-000000000000';

describe('lake.json', () => {
  it('gives back the id that it was written with', () =>
    assert.equal(decodeLake(encodeLake(ID).toString('utf8'), 's3://a'), ID));

  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"id":"x","form":1}',
    `{"id":"${ID}"}`,
    `{"id":"${ID}","form":"1"}`,
  ])
    it(`is damaged where it is ${JSON.stringify(text)}, and the mend is said`, () => {
      assert.throws(() => decodeLake(text, 's3://a'), {
        code: 'LakeCorrupt',
        message: /^s3:\/\/a\/lake\.json cannot be read: put the former one back/,
      });
    });

  it('of a form that this version does not know is not touched', () => {
    const text = encodeLake(ID).toString('utf8').replace('1}', '2}');
    assert.throws(() => decodeLake(text, 's3://a'), /is of form 2, which a newer fernlake has written/);
  });
});
