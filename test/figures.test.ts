import assert from 'node:assert/strict';
import { threeFigures } from '../src/figures.js';

describe('figures for a person', () => {
  it('are three, or a whole number, and have no exponent', () => {
    assert.deepEqual([0, 0.0168, 1.684, 16.84, 168.4, 999.7, 1_238.6, 12_345.6].map(threeFigures), [
      '0.00',
      '0.0168',
      '1.68',
      '16.8',
      '168',
      '1000',
      '1239',
      '12346',
    ]);
  });
});
