import assert from 'node:assert/strict';
import pMap from 'p-map';
import { disturbed, openStage, rehearse, type Stage, type Verdict } from './campaign.js';
import type { Outcome } from './checks.js';
import { killed, stoodStill } from './faults.js';
import type { LakePlace } from './place.js';
import type { Moment } from './points.js';
import { fullProgramme, type Programme, shortProgramme } from './programme.js';
import { raced } from './races.js';
import type { Scene } from './scene.js';
import { type MortalServer, serverKilled, startMortalServer } from './server-faults.js';

/** `npm run test:crash`: every moment. Otherwise a few, so that `npm test` stays short. */
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Only faults whose name holds this text: to look at one again. */
const ONLY = process.env['FERNLAKE_CAMPAIGN_ONLY'] ?? '';
const PLAYS_AT_ONCE = Number(process.env['FERNLAKE_CAMPAIGN_AT_ONCE'] ?? 8);

type Perform = (stage: Stage, scene: Scene, moment: Moment) => Promise<string[]>;

/** Where plays are given, and what may go wrong with that storage. */
export interface Ground {
  readonly place: LakePlace;
  readonly refused: Perform;
  readonly diskFull: Perform;
  readonly lostAnswer: Perform;
  close(): Promise<void>;
}

/**
 * Starts dev servers and worker processes, and kills them. After every fault: the same bytes and the same ledgers as when
 * nothing goes wrong, nothing that `verify` finds, and nothing left lying for good.
 */
export function describeCampaign(
  title: string,
  command: string,
  openGround: (context: Mocha.Context) => Promise<Ground>,
): void {
  describe(`${title}${FULL ? '' : `, in short (${command} is all of it)`}`, function () {
    this.timeout(FULL ? 4 * 3_600_000 : 240_000);
    campaign(openGround);
  });
}

function campaign(openGround: (context: Mocha.Context) => Promise<Ground>): void {
  let ground: Ground;
  let stage: Awaited<ReturnType<typeof openStage>>;
  let mortal: MortalServer | undefined;
  let programme: Programme;
  let expected: Outcome;
  let moments: Map<Moment, number>;

  before(async function () {
    this.timeout(600_000);
    ground = await openGround(this);
    stage = await openStage(ground.place);
    ({ moments, outcome: expected } = await rehearse(stage));
    const { kind } = ground.place;
    programme = FULL ? fullProgramme(moments, kind) : shortProgramme(kind);
    if (programme.serverKills.length > 0) mortal = await startMortalServer(stage);
  });
  after(async () => {
    await mortal?.close();
    await stage?.close();
    await ground?.close();
  });

  it('knows at least 60 distinct moments, in all 15 activities', () => {
    assert(moments.size >= 60, String(moments.size));
    assert.equal(new Set([...moments.keys()].map((moment) => /\/(\w+) /.exec(moment)?.[1])).size, 15);
    for (const moment of [
      ...programme.kills.flat().map(([name]) => name),
      ...programme.stops,
      ...programme.refusals,
      ...programme.fullDisks,
      ...programme.lostAnswers,
    ])
      assert(moments.has(moment), moment);
  });

  it('changes no byte, wherever a worker, the storage or the server dies', async () => {
    const run = { ground, stage, mortal, expected };
    const startedMs = performance.now();
    const tasks = tasksOf(programme, run).filter(({ fault }) => fault.includes(ONLY));
    const verdicts = await pMap(tasks, async ({ fault, give }) => told(await give(), fault), {
      concurrency: PLAYS_AT_ONCE,
    });
    console.log(summary(verdicts, moments.size, (performance.now() - startedMs) / 1000));
    assert.deepEqual(
      verdicts.filter(({ faults }) => faults.length > 0).map(({ fault, faults }) => [fault, ...faults]),
      [],
    );
  });
}

interface Task {
  readonly fault: string;
  readonly give: () => Promise<Verdict>;
}

interface Run {
  readonly ground: Ground;
  readonly stage: Stage;
  /** Where the server is to be killed. */
  readonly mortal: MortalServer | undefined;
  readonly expected: Outcome;
}

function tasksOf(programme: Programme, { ground, stage, mortal, expected }: Run): Task[] {
  const task = (fault: string, perform: Parameters<typeof disturbed>[3], where = stage): Task => ({
    fault,
    give: () => disturbed(where, fault, expected, perform),
  });
  const each = (what: string, moments: readonly Moment[], perform: Perform): Task[] =>
    moments.map((at) => task(`${what} at ${at}`, (scene) => perform(stage, scene, at)));
  const { serverKills } = programme;
  return [
    // One play for all of them: the server is one.
    ...(mortal
      ? [
          task(
            `server killed at ${serverKills.length} moments`,
            (scene) => serverKilled(mortal, scene, serverKills),
            mortal.stage,
          ),
        ]
      : []),
    ...programme.races.map((ms) =>
      task(`two workers on every task, ${ms} ms apart`, (scene) => raced(stage, scene, ms)),
    ),
    ...programme.stops.map((at) =>
      task(`worker stands still at ${at}`, (scene) => stoodStill(stage, scene, at, 1)),
    ),
    ...[...programme.kills, ...programme.heldKills].map((deaths) =>
      task(`worker killed at ${deaths.map(([at, n]) => `${at}, time ${n}`).join('; then at ')}`, (scene) =>
        killed(stage, scene, deaths),
      ),
    ),
    ...each('disk full', programme.fullDisks, ground.diskFull),
    ...each('answer lost', programme.lostAnswers, ground.lostAnswer),
    ...each('storage refuses', programme.refusals, ground.refused),
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
    `        ${strays.length} left scratch of the dead behind (${strays.reduce((sum, { aged }) => sum + aged, 0)} objects), all of it gone with the next sweep`,
  ].join('\n');
}
