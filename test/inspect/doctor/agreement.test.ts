import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../../examples/source-server/index.js';
import { createStage, type Lie, LIES } from '../../../examples/source-server/lies.js';
import { look } from '../../../src/inspect/doctor/sight.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { diarySource } from '../../support/diary-source.js';

const PLACE = { firstId: 100_000, eventMs: Date.parse('2023-04-20T13:30:00Z') };

/** Starts a sample API on loopback that lies. What the pipeline makes of each lie, the liar's campaign shows. */
describe('the share that doctor says would land', function () {
  this.timeout(60_000);
  let lie: Lie | undefined;
  let server: SourceServer;
  before(async () => {
    server = await createSourceServer({
      respond: ({ key, nowMs }) => lie?.answer(createStage({ key, nowMs, ...PLACE })),
    });
  });
  after(() => server?.close());

  const judged = LIES.flatMap((each) => {
    const { expected } = each;
    const taken = expected.kind === 'taken' ? expected : expected.kept;
    return taken ? [{ each, taken }] : [];
  });

  it('is asked of most lies', () => assert(judged.length > 100, String(judged.length)));

  for (const { each, taken } of judged) {
    it(`is what the pipeline lands: ${each.name}`, async () => {
      lie = each;
      const answer = await diarySource({ url: server.url }).poll();
      const { elements, refusals } = look(answer, createKeyRing([DEMO_KEY]), LOG_FORM);
      const counts: Record<string, number> = {};
      for (const { reason } of refusals) counts[reason] = (counts[reason] ?? 0) + 1;
      // Which of two records stays is seen where an hour is merged, and nowhere else.
      const { 'conflicting-duplicate': conflicts = 0, ...refused } = taken.quarantined;
      assert.deepEqual(counts, refused);
      assert.equal(elements.length - refusals.length, taken.landed + taken.duplicates + conflicts);
    });
  }
});
