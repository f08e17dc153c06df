import assert from 'node:assert/strict';
import { createMint } from '../../examples/source-server/index.js';
import type { RecordStory } from '../../src/inspect/find/find-record.js';
import type { HourStory } from '../../src/inspect/find/hour-story.js';
import { addHours } from '../../src/dataset/hour.js';
import { Bench, envelope, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../activities/bench.js';
import { fernlake, type Outcome } from './fernlake.js';

const HOUR = 60 * MINUTE;
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
/** Behind the event time of its newest record. */
const LATER = 40 * MINUTE;

/**
 * Hour 12: ids 1 to 10, and 8 again from a third answer. Hour 13: 11 to 20 without 14 and 15, 17 shown with other content, too, and 18
 * locked by another key. Hour 14: 21 to 25 in a segment, 26 archived alone.
 */
describe('fernlake find, hours and hour', function () {
  this.timeout(60_000);
  let bench: Bench;

  const run = (...args: string[]): Promise<Outcome> =>
    fernlake(args, {
      cwd: bench.dir,
      env: { FERNLAKE_LAKE: bench.storage.uri, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
  const find = async (id: string): Promise<RecordStory> =>
    JSON.parse((await run('find', id, '--json', '--show-values')).stdout) as RecordStory;

  before(async () => {
    bench = await Bench.open();
    const twelve = envelopes(1, 10, T13 - HOUR);
    const first = await bench.archive(T13 - LATER, twelve.slice(0, 8));
    await bench.carry([first, await bench.archive(T13 - LATER + MINUTE, twelve.slice(4))], 'a');
    const locked = envelope(18, T13 + 7_000, {}, createMint(OTHER_KEY));
    const thirteen = [...envelopes(11, 13, T13), ...envelopes(16, 17, T13 + 5_000), locked];
    await bench.archiveAndCarry(T13 + LATER, [...thirteen, ...envelopes(19, 20, T13 + 8_000)], 'b');
    await bench.archiveAndCarry(
      T13 + LATER + MINUTE,
      [envelope(17, T13 + 6_000, { activity: 'other' }), ...envelopes(19, 20, T13 + 8_000)],
      'c',
    );
    await bench.sealAll([HOUR_12, HOUR_13]);
    await bench.archiveAndCarry(T13 + HOUR + LATER, [twelve[7]!, ...envelopes(21, 25, T13 + HOUR)], 'd');
    await bench.sealAll([HOUR_12]);
    await bench.archive(T13 + HOUR + LATER + MINUTE, envelopes(25, 26, T13 + HOUR + 4_000));
  });
  after(() => bench?.close());

  it('tells of a landed record its hour, revision, object, answers, and the record where that is asked for', async () => {
    const story = await find('8');
    const ledger = await bench.ledger(HOUR_12);
    assert.equal(story.outcome, 'landed');
    assert.equal(story.hour, HOUR_12);
    assert.equal(story.revision, ledger.revision);
    assert.equal(story.sealedAt, ledger.sealedAt);
    assert.equal(story.object, ledger.object?.key);
    assert.deepEqual(
      story.answers.map(({ index }) => index),
      [7, 3, 0],
    );
    assert.equal((JSON.parse(story.record ?? '{}') as { record_id: number }).record_id, 8);
    const { code, stdout } = await run('find', '8');
    assert.equal(code, 0);
    assert.match(stdout, /^8 landed in 2023-04-20T12 \(revision \d, sealed at /);
    assert.doesNotMatch(stdout, /user_id/, 'a record is shown only where it is asked for');
    assert.match((await run('find', '8', '--show-values')).stdout, /"user_id"/);
  });

  it('tells of a missing id which ids came around it, and which hour it is charged to', async () => {
    for (const id of ['14', '15']) {
      const { outcome, hour, between, answers } = await find(id);
      assert.deepEqual(
        { outcome, hour, between, answers },
        {
          ...{ outcome: 'missing', hour: HOUR_13, between: [13, 16], answers: [] },
        },
      );
    }
    const { code, stdout } = await run('find', '14');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^14 never came: no answer shows an id between 13 and 16\. It is charged to 2023-04-20T13/,
    );
  });

  it('finds in quarantine what has no hour, by what came beside it', async () => {
    const { outcome, quarantined, answers } = await find('18');
    assert.equal(outcome, 'quarantined');
    assert.deepEqual(
      quarantined.map(({ reason, index }) => [reason, index]),
      [['undecryptable', 5]],
    );
    assert.equal(answers.length, 1);
    assert.equal((await run('find', '18')).code, 1);
  });

  it('tells of one that landed and was shown with other content, too', async () => {
    const { outcome, quarantined, answers } = await find('17');
    assert.equal(outcome, 'landed');
    assert.deepEqual(
      quarantined.map(({ reason }) => reason),
      ['conflicting-duplicate'],
    );
    assert.equal(answers.length, 2);
  });

  it('tells of one that waits in a segment, and of one that is in the archive alone', async () => {
    const segment = await find('22');
    assert.deepEqual([segment.outcome, segment.hour, segment.answers.length], ['waiting', HOUR_14, 1]);
    const archived = await find('26');
    assert.deepEqual([archived.outcome, archived.hour, archived.answers.length], ['waiting', null, 1]);
    assert.equal((await run('find', '26')).code, 0);
  });

  it('tells an id that may still come from one that lies before all', async () => {
    assert.equal((await find('1000')).outcome, 'unseen');
    assert.match(
      (await run('find', '1000')).stdout,
      /behind 20, the newest one that is sealed, and may still come/,
    );
    assert.match((await run('find', '0')).stdout, /^0 was never seen: no answer in the archive shows it/);
  });

  it('refuses what is no id of the dataset', async () => {
    const { code, stderr } = await run('find', 'abc');
    assert.equal(code, 2);
    assert.match(stderr, /find abc: ids of logs are whole numbers/);
  });

  it('lists hours with their figures, and those with missing or late records alone', async () => {
    const listed = JSON.parse((await run('hours', '--json')).stdout) as { hour: string; landed: number }[];
    assert.deepEqual(
      listed.map(({ hour, landed }) => [hour, landed]),
      [
        [HOUR_12, 10],
        [HOUR_13, 7],
      ],
    );
    const { stdout } = await run('hours', '--missing');
    assert.match(stdout, /^2023-04-20T13 +7 +\d+ /m);
    assert.doesNotMatch(stdout, /2023-04-20T12/);
    assert.match((await run('hours', '--late')).stdout, /None of 2 sealed hours is of that kind/);
    assert.match((await run('hours', '--from', '2024')).stdout, /No hour is sealed there/);
  });

  it('tells what happened to an hour, and says that Temporal cannot be asked', async () => {
    // Side by side: each waits until it is sure that no server answers.
    const [{ code, stdout }, json, never] = await Promise.all([
      run('hour', HOUR_13),
      run('hour', HOUR_14, '--json'),
      run('hour', addHours(HOUR_14, 9)),
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /rows +7 in /);
    assert.match(stdout, /missing +\d ids: 14 to 15/);
    assert.match(
      stdout,
      /2 showed records of it, from 2023-04-20T13:40:00.000Z .* the longest pause 1 min 0 s/,
    );
    assert.match(stdout, /Temporal cannot be asked/);
    const open = JSON.parse(json.stdout) as HourStory;
    assert.deepEqual([open.ledger, open.segments, open.answers.count], [null, 1, 1]);
    assert.equal(never.code, 1);
  });
});
