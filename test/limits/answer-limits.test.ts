import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { createStage } from '../../examples/source-server/lies.js';
import { createMint, DEMO_KEY, pythonRepr } from '../../examples/source-server/index.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { LIMITS } from '../../src/limits.js';
import { compactWindow, decryptWindow } from '../../src/inspect/verify/one-by-one.js';
import { diarySource } from '../support/diary-source.js';
import { failing } from '../activities/fetch/failing.js';
import { answering, withServer } from '../activities/fetch/with-server.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2023-05-01T00:00:00.000Z');
const RAW = '20230501T000000.000Z-0123456789ab';
const stage = createStage({ key: DEMO_KEY, firstId: 100, eventMs: NOW_MS - 1_000 * HOUR_MS, nowMs: NOW_MS });
const mint = createMint(DEMO_KEY);

/** Record number `i`, in hour number `hour` counted back from now. */
const envelope = (i: number, hour: number): { recordId: number; data: string } => {
  const inDate = new Date(NOW_MS - hour * HOUR_MS).toISOString();
  return { recordId: 100 + i, data: mint(pythonRepr({ ...stage.record(i), inDate }), NOW_MS) };
};

describe('the limits of an answer', () => {
  it('carries the hours that come first, and quarantines the records of further ones as too-many-hours', () => {
    const hours = [5, 5, 4, 3, 5, 2, 4, 1];
    const window = decryptWindow(
      RAW,
      hours.map((hour, i) => envelope(i, hour)),
      createKeyRing([DEMO_KEY]),
      LOG_FORM.answers,
    );
    const { entries, refusals } = compactWindow(window, LOG_FORM, 3);
    assert.deepEqual(
      entries.map(({ index }) => index),
      [0, 1, 2, 3, 4, 6],
    );
    assert.deepEqual(
      refusals.map(({ index, reason, detail }) => [index, reason, detail]),
      [5, 7].map((index) => [index, 'too-many-hours', 'over 3 event hours in one answer']),
    );
    assert.deepEqual(compactWindow(window, LOG_FORM).refusals, []);
  });

  const many = (opening: string, each: string, closing: string) => (n: number) =>
    `${opening}${`${each},`.repeat(n - 1)}${each}${closing}`;
  const bodies: readonly (readonly [number, string, (size: number) => string])[] = [
    [LIMITS.answerRecordsMax, 'answerRecordsMax', many('[', '{}', ']')],
    [LIMITS.answerDepthMax, 'answerDepthMax', (n) => '['.repeat(n) + ']'.repeat(n)],
    // The outer brackets are two more.
    [LIMITS.answerValuesMax, 'answerValuesMax', (n) => many('[[', '0', ']]')(n - 1)],
    [LIMITS.bodyBytesMax, 'bodyBytesMax', (n) => `[${' '.repeat(n - 2)}]`],
  ];
  for (const [max, name, body] of bodies) {
    it(`refuse one over ${name}, and take one at it`, async function () {
      this.timeout(60_000);
      await withServer(answering(200, body(max)), async ({ url }) => {
        assert.equal((await diarySource({ url }).poll()).status, 200);
      });
      await withServer(answering(200, body(max + 1)), async ({ url }) => {
        await failing(diarySource({ url }).poll(), 'SourceTooLarge', 'terminal');
      });
    });
  }
});
