import assert from 'node:assert/strict';
import type { Condition } from '../../../src/inspect/watch/conditions.js';
import { step } from '../../../src/inspect/watch/memory.js';
import type { WatchMemory } from '../../../src/process/notify/notice.js';

const MINUTE = 60_000;
const condition = (key: string, given: Partial<Condition> = {}): Condition => ({
  ...{ key, what: `${key} is.`, mend: 'Mend it.', graceMs: 0, figure: 1, over: `${key} is over.` },
  ...given,
});

/** Looks once a minute at what there is then; resolves to what is told, as `minute state key`. */
function told(
  looks: readonly (readonly Condition[])[],
  healed: (key: string, minute: number) => boolean = () => false,
) {
  let memory: WatchMemory = {};
  return looks.flatMap((conditions, minute) => {
    const next = step('logs', memory, conditions, (key) => healed(key, minute), minute * MINUTE);
    ({ memory } = next);
    return next.notices.map(({ state, key }) => `${minute} ${state} ${key}`);
  });
}

describe('what is told of a trouble', () => {
  it('is told once when it begins and once when it is over, and anew when it comes again', () => {
    const down = [condition('down')];
    assert.deepEqual(told([[], down, down, down, [], [], down]), [
      '1 begun down',
      '4 over down',
      '6 begun down',
    ]);
  });

  it('is nothing of what comes and goes within its grace', () => {
    const away = [condition('away', { graceMs: 3 * MINUTE })];
    assert.deepEqual(told([away, away, [], away, away, away, away, away, []]), [
      '6 begun away',
      '8 over away',
    ]);
  });

  it('is told again where it grows, and not where it shrinks', () => {
    const lost = (figure: number) => [condition('lost', { figure })];
    assert.deepEqual(told([lost(3), lost(3), lost(2), lost(4)]), ['0 begun lost', '3 begun lost']);
  });

  it('is not over where its hour is only no longer among the newest, and is where the hour is whole', () => {
    const lost = [condition('ids-lost 2023-04-20T13')];
    assert.deepEqual(told([lost, [], [], lost]), ['0 begun ids-lost 2023-04-20T13']);
    assert.deepEqual(
      told([lost, [], []], (_, minute) => minute === 2),
      ['0 begun ids-lost 2023-04-20T13', '2 over ids-lost 2023-04-20T13'],
    );
  });

  it('says nothing of the end of what never was told, or has none', () => {
    assert.deepEqual(told([[condition('away', { graceMs: MINUTE })], []]), []);
    assert.deepEqual(
      told([[condition('column x', { over: null })], []], () => true),
      ['0 begun column x'],
    );
  });
});
