import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fernet from 'fernet';
import {
  createSeries,
  DEMO_KEY,
  type Envelope,
  pythonRepr,
  seriesOptions,
} from '../../../examples/source-server/index.js';

const FILE = path.resolve('../shared/data/log-api-capture.json');

/** The figures that the generated records copy, taken from the real capture where it is at hand. */
describe('the generated records beside the real capture', () => {
  let texts: string[];
  before(function () {
    if (!existsSync(FILE)) {
      console.warn(`skipped: the comparison with the real capture, since ${path.basename(FILE)} is not here`);
      this.skip();
    }
    const capture = JSON.parse(readFileSync(FILE, 'utf8')) as Envelope[];
    const secret = new fernet.Secret(DEMO_KEY);
    texts = capture.map(({ data }) => new fernet.Token({ secret, token: data, ttl: 0 }).decode());
  });

  const shape = (text: string): string =>
    text
      .replace(/[0-9a-f]{64}/, 'USER')
      .replace(/\d{7}/, 'ID')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME');

  it('have the same shapes, letter by letter', () => {
    const made = createSeries(seriesOptions({}, Date.now()));
    const shapes = (list: string[]): string[] => [...new Set(list.map(shape))].sort();
    assert.deepEqual(
      shapes(Array.from({ length: 500 }, (_, n) => made.recordAt(n).plaintext)),
      shapes(texts),
    );
  });

  it('have the same shares', () => {
    const share = (activity: string): number =>
      texts.filter((text) => text.includes(`'activity': '${activity}'`)).length / texts.length;
    assert.deepEqual([share('view'), share('cart'), share('purchase')], [0.772, 0.128, 0.1]);
    assert.equal(new Set(texts.map((text) => /[0-9a-f]{64}/.exec(text)?.[0])).size, 484);
  });

  it('are written by the same repr', () => {
    const text = texts[0] ?? '';
    const value = JSON.parse(text.replaceAll("'", '"')) as Parameters<typeof pythonRepr>[0];
    assert.equal(pythonRepr(value), text);
  });
});
