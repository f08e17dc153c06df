import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzip } from '../../src/bytes/gzip.js';
import { addHours, type Hour, hourStartMs } from '../../src/dataset/hour.js';
import { rawKey, rawName } from '../../src/lake/keys.js';
import type { ReprocessInput, ReprocessResult, ReprocessStatus } from '../../src/workflows/messages.js';
import { envelope, MINUTE } from '../activities/bench.js';
import { fernlake } from '../commands/fernlake.js';
import { anyRunning, executions } from '../support/history.js';
import { hashesUnder, ledgers, tableBytes } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Nobody listens there: all comes from the archive. */
const NO_SOURCE = 'http://127.0.0.1:1/log';
const START = hourStartMs('2023-04-20T19' as Hour);
const HOURS = 8;
const POLL_MINUTES = 20;
const WINDOW = 8;
const WORKERS = 2;
const AT_ONCE = 12;
/** Looks without a running workflow behind which none is believed to be. */
const STILL_LOOKS = 10;

interface Answer {
  readonly atMs: number;
  readonly body: Buffer;
}

/** mulberry32: the same answers every time. */
function dice(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Windows that overlap over a day's border, with all that lets the pieces of an archive look into each other: records late by up to nine
 * hours, ids that never came in front of a border, records that come again with other content hours later, tokens that no key opens.
 */
function answersOf(seed: number): Answer[] {
  const random = dice(seed);
  const shown: object[] = [];
  const answers: Answer[] = [];
  let id = 1_000;
  for (let atMs = START; atMs < START + HOURS * 60 * MINUTE; atMs += POLL_MINUTES * MINUTE) {
    for (let n = Math.floor(random() * 6); n >= 0; n -= 1) {
      id += random() < 0.08 ? 1 + Math.floor(random() * 4) : 1;
      const lateMs = random() < 0.12 ? Math.floor(random() * 9 * 60) * MINUTE : 0;
      const good = envelope(id, atMs - n * MINUTE - lateMs);
      shown.push(random() < 0.05 ? { ...good, data: 'no token' } : good);
      if (random() < 0.1) {
        const old = id - Math.floor(random() * 30);
        shown.push(envelope(old, atMs - 2 * 60 * MINUTE, { activity: `again ${old}` }));
      }
    }
    answers.push({ atMs, body: Buffer.from(JSON.stringify(shown.slice(-WINDOW))) });
  }
  return answers;
}

/** Starts the shared dev server, and one worker in this process, two in processes of their own. */
for (const contiguous of [true, false]) {
  describe(`reprocess with ids that are ${contiguous ? '' : 'not '}contiguous, over one worker and over ${WORKERS}`, function () {
    this.timeout(240_000);
    let alone: Pipeline;
    let many: Pipeline;
    const workers: WorkerProcess[] = [];
    const answers = answersOf(contiguous ? 4 : 5);
    // Some come into the archive only once all hours are sealed.
    const isLater = (_: unknown, i: number): boolean => i % 11 === 5 || i === 20;

    before(async () => {
      const env = { FERNLAKE_CONTIGUOUS_IDS: String(contiguous) };
      [alone, many] = [await pipeline(NO_SOURCE, env), await pipeline(NO_SOURCE, env)];
      await archive(answers.filter((each, i) => !isLater(each, i)));
      await alone.startWorker();
      workers.push(
        ...(await Promise.all(Array.from({ length: WORKERS }, () => startWorkerProcess(many.env)))),
      );
    });
    after(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await alone?.close();
      await many?.close();
    });

    async function archive(some: readonly Answer[]): Promise<void> {
      for (const { deps, dataset } of [alone, many])
        for (const { atMs, body } of some) {
          const name = rawName(atMs, createHash('sha256').update(body).digest('hex'));
          await deps.storage.put(rawKey(dataset, name), await gzip(body));
        }
    }

    async function reprocess(run: Pipeline, atOnce: number, name: string): Promise<ReprocessResult> {
      const { dataset, lake, latenessMs, idleMs, contiguousIds } = run.settings;
      const range = { mode: 'rebuild', from: null, to: null } as const;
      const input = { dataset, lake: lake!, latenessMs, idleMs, contiguousIds, ...range, atOnce };
      const result = (await run.client.workflow.execute('reprocess', {
        workflowId: `${dataset}-reprocess-${name}`,
        taskQueue: run.config.taskQueue,
        args: [input satisfies ReprocessInput],
      })) as ReprocessResult;
      await untilStill(run);
      return result;
    }

    /** Seals that were told by another have begun by then, and visibility has them a moment later. */
    async function untilStill({ client, config }: Pipeline): Promise<void> {
      let quiet = 0;
      await until(
        'all seals are done',
        async () => (quiet = (await anyRunning(client, config.taskQueue)) ? 0 : quiet + 1) > STILL_LOOKS,
        60_000,
      );
    }

    /** All that is in a lake, but for its dataset's name, its clock's times and what the folder's clock gives. */
    async function contentOf(run: Pipeline): Promise<object> {
      const { dataset, deps } = run;
      const plain = (text: string): string => text.replaceAll(dataset, 'logs');
      const told = [...(await ledgers(deps.storage, dataset)).entries()].map(
        ([hour, ledger]): [Hour, string] => [
          hour,
          plain(
            JSON.stringify({
              ...ledger,
              sealedAt: 0,
              revision: 0,
              late: 0,
              object: { ...ledger.object, etag: '' },
            }),
          ),
        ],
      );
      const quarantined = await hashesUnder(deps.storage, `quarantine/${dataset}/`);
      const segments = await hashesUnder(deps.storage, `segments/${dataset}/`);
      return {
        table: await tableBytes(deps.storage, dataset),
        ledgers: Object.fromEntries(told),
        quarantine: Object.fromEntries(Object.entries(quarantined).map(([key, hash]) => [plain(key), hash])),
        segments: Object.keys(segments),
      };
    }

    async function assertSame(): Promise<void> {
      const [one, other] = [await contentOf(alone), await contentOf(many)];
      assert.deepEqual(other, one);
      for (const run of [alone, many]) {
        const { findings, open, uncarried } = await run.audit();
        assert.deepEqual([findings, open, uncarried], [[], 0, 0]);
      }
    }

    it('seals a lake that was lost with the same bytes, however many pieces it is cut into', async () => {
      const first = await reprocess(alone, 1, 'lost');
      const second = await reprocess(many, AT_ONCE, 'lost');
      await assertSame();
      assert.deepEqual([second.carried, second.failed], [first.carried, []]);
      assert(second.sealed > HOURS / 2, JSON.stringify(second));
      const started = await executions(many.client, many.config.taskQueue);
      const pieces = started.filter(({ type }) => type === 'carryPiece').length;
      assert(pieces >= HOURS, `${pieces} pieces`);
    });

    it('takes late answers into sealed hours on both sides of a piece with the same bytes', async () => {
      await archive(answers.filter(isLater));
      const first = await reprocess(alone, 1, 'late');
      const second = await reprocess(many, AT_ONCE, 'late');
      await assertSame();
      assert.equal(first.carried, answers.filter(isLater).length);
      assert.equal(second.carried, first.carried);
    });

    it('changes nothing when it is done once more, and goes on where a worker is killed', async () => {
      const again = reprocess(many, AT_ONCE, 'again');
      const handle = many.client.workflow.getHandle(`${many.dataset}-reprocess-again`);
      await until('some hours are sealed', async () => {
        // It may not be there yet.
        const status = await handle.query<ReprocessStatus>('status').catch(() => undefined);
        return status?.step === 'seal' && status.done > 1;
      });
      await workers[0]?.kill();
      const { changed, nudged, failed, hours } = await again;
      assert.deepEqual([changed, nudged, failed], [{}, {}, []]);
      assert.equal(hours, (await ledgers(many.deps.storage, many.dataset)).size);
      await assertSame();
    });

    it('goes on with the run that is at the same work, where the command is typed again', async () => {
      const env = { ...many.env };
      const typed = await Promise.all([
        fernlake(['reprocess', '--from', addHours('2023-04-20T19' as Hour, 2)], { env, cwd: many.lake.dir }),
        fernlake(['reprocess', '--from', '2023-04-20T21', '--at-once', '3'], { env, cwd: many.lake.dir }),
      ]);
      for (const { code, stderr } of typed) assert.equal(code, 0, stderr);
      const runs = (await executions(many.client, many.config.taskQueue)).filter(
        ({ workflowId }) => workflowId === `fernlake-${many.dataset}-reprocess-2023-04-20T21-last`,
      );
      assert.equal(runs.length, 1);
    });
  });
}
