import path from 'node:path';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { type DatasetName, specOf } from '../data/datasets.js';
import { type Dataset, ensureDataset, rawOf } from '../data/ensure-dataset.js';
import type { Bench, BenchContext, BenchOutcome } from '../support/bench.js';
import { assertContent, carryArchive, type Carried } from '../support/carry.js';
import { scratchDir } from '../support/lake-copy.js';
import { landedContent } from '../support/landed.js';
import { librariesAlone, sumOf } from '../support/libraries-alone.js';
import { PeerMissing, PYTHON_PEERS, pythonPeer } from '../support/peers.js';
import { run } from '../support/process.js';
import { growthOf, headlinesOf, librariesTable, sizesTable } from './sealed-report.js';
import { grouped, inTurn, median, spread } from '../support/turns.js';

/** A size that would take longer is left out, and said. */
const PATIENCE_SEC = 600;
const OURS = 'fernlake';
const PYTHON = 'Python: cryptography, ast.literal_eval, json, gzip';

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly carried?: Carried;
}

/** Raw archive to sealed hours: fernlake as a user runs it, Temporal's server and all, against a plain script. */
export const sealed: Bench = {
  name: 'sealed',
  title: 'Raw archive to sealed hours',
  minutes: 10,
  run: measure,
};

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const { quick, say } = context;
  const day = await ensureDataset(quick ? 'hour-1k' : 'day-1m');
  const { records } = day.spec;
  const missing: string[] = [];
  const python = quick
    ? undefined
    : await pythonSide(day, context).catch((error: unknown) => {
        if (!(error instanceof PeerMissing)) throw error;
        missing.push(`The Python peer is missing: ${error.message}`);
        return undefined;
      });
  const ours = {
    name: OURS,
    run: async (): Promise<Cost> => {
      const carried = await carryArchive(day, context);
      return { ...carried, carried };
    },
  };
  const costs = await inTurn<Cost>(python ? [ours, python] : [ours], quick ? 1 : 2, { warmUp: false, say });
  const mine = (costs.get(OURS) ?? []).flatMap(({ carried }) => carried ?? []);
  const theirs = costs.get(PYTHON) ?? [];
  say('the libraries alone, on the same bytes');
  const alone = librariesAlone(day, mine[0]?.tableDir ?? '');
  const cpu = median(mine.map(({ cpuSeconds }) => cpuSeconds));
  const pythonCpu = theirs.length > 0 ? median(theirs.map(({ cpuSeconds }) => cpuSeconds)) : undefined;
  const rate = records / median(mine.map(({ seconds }) => seconds));
  const sizes = await otherSizes(context, rate, missing);
  const all: [Dataset, readonly Carried[]][] = [[day, mine], ...sizes];
  return {
    tables: [
      {
        title: `${grouped(records)} records of one day`,
        columns: ['', 'seconds', 'CPU seconds', 'records per CPU second', "fernlake's CPU seconds in it"],
        rows: [...costs]
          .map(([name, each]) => [
            name,
            spread(
              each.map(({ seconds }) => seconds),
              1,
            ),
            spread(
              each.map(({ cpuSeconds }) => cpuSeconds),
              1,
            ),
            grouped(records / median(each.map(({ cpuSeconds }) => cpuSeconds))),
            (median(each.map(({ cpuSeconds }) => cpuSeconds)) / cpu).toFixed(2),
          ])
          .concat(
            (
              [
                ['gzip alone, on the landed rows', alone.deflateObjects],
                ['gunzip alone, on the archive', alone.inflateAnswers],
                ['all that its libraries do, alone', sumOf(alone)],
              ] as const
            ).map(([what, seconds]) => [
              what,
              '',
              seconds.toFixed(1),
              grouped(records / seconds),
              (seconds / cpu).toFixed(2),
            ]),
          ),
      },
      librariesTable(records, alone, cpu, pythonCpu),
      sizesTable(all),
    ],
    notes: [
      'fernlake: a lake with nothing but the archive, `fernlake worker`, `fernlake reprocess`, and the wait until the ledgers ' +
        "hold every record; the clock runs for all of it. CPU is the worker's whole process, all its threads. Peak memory is " +
        'VmHWM, from its start on, with the settings for memory of the unit in deploy/systemd. All landed rows were read back without fernlake’s code: row count and content hash are those ' +
        'of what was minted, for both sides.',
      'The Python script does no more than it must: no durable steps, no ledger, no check, everything in memory until the end. ' +
        'Both pack with level 9. gzip alone and gunzip alone are what zlib takes for the very bytes that fernlake landed and read.',
      'The libraries alone: zlib, OpenSSL and V8’s JSON.parse called one after the other in one process, on the bytes of the same archive and the same ' +
        'rows, with nothing in between: no record is read, sorted, merged or written, nothing is stored, and no Temporal. No program on ' +
        'them that checks each answer’s hash, carries by segments, and reads back what it landed takes less.',
      ...missing,
    ],
    headlines: headlinesOf(records, mine, all, alone, pythonCpu),
    growth: growthOf(all),
  };
}

/** More data, once each: an overlap as the pace leaves it, ten times as much, and one hour that holds five million. */
async function otherSizes(
  context: BenchContext,
  rate: number,
  missing: string[],
): Promise<[Dataset, Carried[]][]> {
  const names: readonly DatasetName[] = context.quick
    ? []
    : ['day-100k', 'day-1m-overlap', 'day-10m', 'hour-5m'];
  const found: [Dataset, Carried[]][] = [];
  for (const name of names) {
    const { records } = specOf(name);
    if (records / rate > PATIENCE_SEC) {
      missing.push(
        `${name} was left out: at ${grouped(rate)} records/s it would take ${grouped(records / rate)} s.`,
      );
      continue;
    }
    const dataset = await ensureDataset(name);
    context.say(name);
    found.push([dataset, [await carryArchive(dataset, context)]]);
  }
  return found;
}

async function pythonSide(day: Dataset, { say, onEnd }: BenchContext) {
  const bin = await pythonPeer('cryptography', ['cryptography==48.0.0'], say);
  return {
    name: PYTHON,
    run: async (): Promise<Cost> => {
      const { dir, remove } = scratchDir('python');
      onEnd(remove);
      const script = path.join(PYTHON_PEERS, 'raw_to_sealed.py');
      const ran = await run(path.join(bin, 'python'), [script, DEMO_KEY, rawOf(day), dir]);
      assertContent('Python', await landedContent(dir), day.content);
      return ran;
    },
  };
}
