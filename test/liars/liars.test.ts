import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CANARY, type Lie, LIES } from '../../examples/source-server/lies.js';
import { runPython } from '../support/python.js';
import { type LyingSource, startLiar } from './liar.js';
import type { LieReport } from './liar-worker.js';

/** A good worker has some 90 MiB; an answer may have 32, as text and parsed at once. More is a leak or a bomb. */
const PEAK_MIB_MAX = 500;
/** `npm run test:source` tells all, and carries 10,000 hours, which takes a minute or more; `npm test` tells some of each kind. */
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Answers of so many records are sealed at once. */
const SMALL_MAX = 100;
const SLOW = new Set(['ten-thousand-hours']);
/** Of each outcome so many, in `npm test`; and whatever aims at memory. */
const ALIKE_MAX = 4;
const OF_MEMORY = /gigabyte|endless|bomb|deep|too-many|huge|code-|prototype/;

/** A sample API on loopback that lies, and a process that carries its answers through all activities into a folder. */
describe("the liar's campaign", function () {
  this.timeout(900_000);
  const told: { readonly lie: Lie; readonly report: LieReport }[] = [];
  let liar: LyingSource;
  before(async () => (liar = await startLiar()));
  after(() => liar?.close());

  it('has at least 40 distinct lies', () => assert(LIES.length >= 40, String(LIES.length)));

  for (const lie of FULL ? LIES : someOf(LIES)) {
    it(`${lie.name}: ${lie.serves}`, async () => {
      const report = await liar.tell(lie);
      told.push({ lie, report });
      assertTruth(lie, report);
    });
  }

  it('evaluated nothing of it', function () {
    assert(!existsSync(CANARY) && !existsSync(path.join(liar.cwd, CANARY)));
    assert(told.every(({ report }) => !report.polluted));
  });

  it('would have been found out by the canary if it had', function () {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-canary-'));
    const lie = `__import__('os').system('touch ${CANARY}')`;
    runPython(
      this,
      `import os, sys, json\ngiven = json.load(sys.stdin)\nos.chdir(given['dir'])\neval(given['lie'])\nprint(1)`,
      { dir, lie },
    );
    assert(existsSync(path.join(dir, CANARY)));
    rmSync(dir, { recursive: true });
  });

  it('says what it told and what that came to', () => console.log(summary(told)));
});

/** The rest is the campaign's: unit tests have the same spellings (time-spellings, literal, envelope, fernet, fetch). */
function someOf(lies: readonly Lie[]): Lie[] {
  const told = new Map<string, number>();
  return lies.filter((lie) => {
    if (SLOW.has(lie.name)) return false;
    const alike = (told.get(kindOf(lie)) ?? 0) + 1;
    told.set(kindOf(lie), alike);
    return alike <= ALIKE_MAX || OF_MEMORY.test(lie.name);
  });
}

/** The answer failed as it should, and left nothing; or every record of it is where it should be. */
function assertTruth({ expected }: Lie, report: LieReport): void {
  const { failure, landed, open, rows, duplicates, quarantined, raws, findings, left, peakMib } = report;
  assert(peakMib < PEAK_MIB_MAX, `the worker had ${peakMib.toFixed(0)} MiB`);
  assert.deepEqual([findings, left], [[], []]);
  if (expected.kind === 'failure') {
    assert.equal(failure?.code, expected.code, failure?.message);
    if (failure?.kind !== 'waits') assert.equal(failure?.kind, expected.failure, failure?.message);
    assert(!failure?.message.includes('gAAAA'), 'a token in the message');
    const nothing = { landed: 0, duplicates: 0, quarantined: {} };
    const { quarantined: refused, ...kept } = expected.kept ?? nothing;
    assert.deepEqual({ landed, duplicates, quarantined }, { ...kept, quarantined: { ...refused } });
    assert.deepEqual([rows, raws], [landed, expected.kept === undefined ? 0 : 1]);
    return;
  }
  assert.equal(failure, null, failure?.message);
  assert.deepEqual(
    { kind: 'taken', landed: landed + open, duplicates, quarantined },
    { ...expected, quarantined: { ...expected.quarantined } },
  );
  assert.deepEqual([rows, raws], [landed, 1]);
  if (expected.landed <= SMALL_MAX) assert.equal(open, 0);
}

function summary(told: readonly { readonly lie: Lie; readonly report: LieReport }[]): string {
  const count = (kind: string): number => told.filter(({ lie }) => kindOf(lie) === kind).length;
  const kinds = [...new Set(told.map(({ lie }) => kindOf(lie)))].sort();
  const largest = [...told].sort((a, b) => b.report.peakMib - a.report.peakMib)[0];
  return [
    `      ${told.length} lies: ${kinds.map((kind) => `${count(kind)} ${kind}`).join(', ')}`,
    `      largest worker: ${largest?.report.peakMib.toFixed(0)} MiB, at ${largest?.lie.name}`,
  ].join('\n');
}

function kindOf({ expected }: Lie): string {
  if (expected.kind === 'failure') return `failed as ${expected.code}`;
  const [reason] = Object.keys(expected.quarantined);
  return reason === undefined ? 'landed' : `quarantined as ${reason}`;
}
