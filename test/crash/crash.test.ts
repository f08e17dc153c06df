import assert from 'node:assert/strict';
import { disturbed, inLanes, openStage, rehearse, type Verdict } from './campaign.js';
import type { Outcome } from './checks.js';
import { killed, stoodStill } from './faults.js';
import type { Moment } from './points.js';
import { fullProgramme, type Programme, shortProgramme } from './programme.js';
import { raced } from './races.js';
import { type MortalServer, serverKilled, startMortalServer } from './server-faults.js';
import { diskFull, refused } from './storage-faults.js';

/** `npm run test:crash`: every moment. Otherwise a few, so that `npm test` stays short. */
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Only faults whose name holds this text: to look at one again. */
const ONLY = process.env['FERNLAKE_CAMPAIGN_ONLY'] ?? '';
const LANES = Number(process.env['FERNLAKE_CAMPAIGN_LANES'] ?? 8);

/**
 * Starts dev servers and worker processes, and kills them. After every fault: the same bytes and the same ledgers as when
 * nothing goes wrong, nothing that `verify` finds, and nothing left lying for good.
 */
describe(`the crash campaign${FULL ? '' : ', in short (npm run test:crash is all of it)'}`, function () {
  this.timeout(FULL ? 4 * 3_600_000 : 240_000);
  let stage: Awaited<ReturnType<typeof openStage>>;
  let mortal: MortalServer;
  let programme: Programme;
  let expected: Outcome;
  let moments: Map<Moment, number>;

  before(async () => {
    stage = await openStage();
    mortal = await startMortalServer(stage);
    ({ moments, outcome: expected } = await rehearse(stage));
    programme = FULL ? fullProgramme(moments) : shortProgramme();
  });
  after(async () => {
    await mortal?.close();
    await stage?.close();
  });

  it('knows at least 60 distinct moments, in all 13 activities', () => {
    assert(moments.size >= 60, String(moments.size));
    assert.equal(new Set([...moments.keys()].map((moment) => /\/(\w+) /.exec(moment)?.[1])).size, 13);
    for (const moment of [
      ...programme.kills.map(([name]) => name),
      ...programme.stops,
      ...programme.refusals,
    ])
      assert(moments.has(moment), moment);
  });

  it('changes no byte, wherever a worker, a disk or the server dies', async () => {
    const run = { stage, mortal, expected };
    const startedMs = performance.now();
    const tasks = tasksOf(programme, run).filter(({ fault }) => fault.includes(ONLY));
    const verdicts = await inLanes(
      LANES,
      tasks.map(
        ({ fault, give }) =>
          async () =>
            told(await give(), fault),
      ),
    );
    console.log(summary(verdicts, moments.size, (performance.now() - startedMs) / 1000));
    assert.deepEqual(
      verdicts.filter(({ faults }) => faults.length > 0).map(({ fault, faults }) => [fault, ...faults]),
      [],
    );
  });
});

interface Task {
  readonly fault: string;
  readonly give: () => Promise<Verdict>;
}

function tasksOf(
  programme: Programme,
  {
    stage,
    mortal,
    expected,
  }: { stage: Parameters<typeof disturbed>[0]; mortal: MortalServer; expected: Outcome },
): Task[] {
  const task = (fault: string, perform: Parameters<typeof disturbed>[3], where = stage): Task => ({
    fault,
    give: () => disturbed(where, fault, expected, perform),
  });
  return [
    // One play for all of them: the server is one.
    task(
      `server killed at ${programme.serverKills.length} moments`,
      (scene) => serverKilled(mortal, scene, programme.serverKills),
      mortal.stage,
    ),
    ...programme.races.map((ms) =>
      task(`two workers on every task, ${ms} ms apart`, (scene) => raced(stage, scene, ms)),
    ),
    ...programme.stops.map((at) =>
      task(`worker stands still at ${at}`, (scene) => stoodStill(stage, scene, at, 1)),
    ),
    ...programme.kills.map(([at, n]) =>
      task(`worker killed at ${at}, time ${n}`, (scene) => killed(stage, scene, at, n)),
    ),
    ...programme.fullDisks.map((at) => task(`disk full at ${at}`, (scene) => diskFull(stage, scene, at))),
    ...programme.refusals.map((at) => task(`storage refuses at ${at}`, (scene) => refused(stage, scene, at))),
  ];
}

function told(verdict: Verdict, fault: string): Verdict {
  const { faults, seconds } = verdict;
  if (FULL || faults.length > 0)
    console.log(`      ${faults.length === 0 ? 'same' : 'NOT'} ${seconds.toFixed(1)} s  ${fault}`);
  for (const what of faults) console.log(`           ${what}`);
  return verdict;
}

function summary(verdicts: readonly Verdict[], known: number, seconds: number): string {
  const kinds = new Map<string, number>();
  for (const { fault } of verdicts) {
    const kind = fault.split(' at ')[0] ?? fault;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const bad = verdicts.filter(({ faults }) => faults.length > 0).length;
  const strays = verdicts.filter(({ aged }) => aged > 0);
  return [
    `      ${verdicts.length} plays in ${seconds.toFixed(0)} s; an undisturbed play passes ${known} distinct moments`,
    ...[...kinds].map(([kind, count]) => `        ${count} times: ${kind}`),
    `        ${bad} of them changed anything`,
    `        ${strays.length} left scratch of the dead behind (${strays.reduce((sum, { aged }) => sum + aged, 0)} files), all of it gone with the next sweep`,
  ].join('\n');
}
