import assert from 'node:assert/strict';
import { landsWith, mendsOf, QUARANTINE_REASONS } from '../../src/dataset/reason.js';

describe('what can be done about records in quarantine', () => {
  it('is a redrive with the key for what no key opens, and for nothing else', () => {
    const [mend, ...others] = mendsOf(['undecryptable']);
    assert.deepEqual([mend?.reasons, others], [['undecryptable'], []]);
    assert.match(mend?.mend ?? '', /^add the key .* FERNET_KEYS, then .* npx fernlake quarantine redrive$/);
    const byKey = Object.keys(QUARANTINE_REASONS).filter((reason) => landsWith(reason) === 'key');
    assert.deepEqual(byKey, ['undecryptable']);
  });

  it('is nothing where another record has the place, and no redrive is named', () => {
    assert.equal(landsWith('conflicting-duplicate'), 'nothing');
    const [mend] = mendsOf(['conflicting-duplicate']);
    assert.match(mend?.mend ?? '', /^nothing lands them/);
    assert.doesNotMatch(mend?.mend ?? '', /redrive/);
  });

  it('is other rules for all the rest, also for a reason that only a newer fernlake knows', () => {
    for (const reason of ['bad-time', 'unreadable-answer', 'not-yet-invented']) {
      assert.equal(landsWith(reason), 'rules', reason);
      assert.match(mendsOf([reason])[0]?.mend ?? '', /helps only once a newer fernlake, or another setting/);
    }
  });

  it('is said once for all reasons that it is the same for, what can land first', () => {
    const reasons = ['conflicting-duplicate', 'wrong-type', 'undecryptable', 'bad-time'];
    assert.deepEqual(
      mendsOf(reasons).map(({ reasons: of }) => of),
      [['undecryptable'], ['wrong-type', 'bad-time'], ['conflicting-duplicate']],
    );
    assert.deepEqual(mendsOf([]), []);
  });
});
