import path from 'node:path';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import type { DatasetName } from '../data/datasets.js';
import { ensureDataset, tokensOf } from '../data/ensure-dataset.js';
import type { Bench, BenchContext, BenchOutcome, GrowthLine, Headline } from '../support/bench.js';
import { goPeer, PeerMissing, PYTHON_PEERS, pythonPeer } from '../support/peers.js';
import { ROOT, run } from '../support/process.js';
import { grouped, inTurn, median, type Side, spread } from '../support/turns.js';

const CRYPTOGRAPHY = 'cryptography==48.0.0';
const FERNET_GO = 'github.com/fernet/fernet-go@v0.0.0-20240119011108-303da6aec611';
const NODE_SCRIPT = path.join(ROOT, 'dist', 'bench', 'peers', 'decrypt-node.js');

interface Pass {
  readonly tokens: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly sha256: string;
  readonly distinct: number;
}

/** A second on a shared machine may be a third slower than the next one: the medians of five rounds were. */
const ROUNDS = 11;
const OURS = 'fernlake, an answer of 100 at a time';
const OURS_MANY = 'fernlake, 10,000 at a time';
const GO = 'fernet-go (Go)';

/** Tokens a second on one core: ours and everybody else's, in turn, on the same tokens. */
export const decrypt: Bench = {
  name: 'decrypt',
  title: 'Decrypt: tokens a second on one core',
  minutes: 4,
  run: measure,
};

async function measure({ quick, say }: BenchContext): Promise<BenchOutcome> {
  const file = tokensOf(await ensureDataset('tokens-10k'));
  const seconds = quick ? 0.1 : 2;
  const { sides, missing } = await sidesOf(file, seconds, say, quick);
  const passes = await inTurn(sides, quick ? 1 : ROUNDS, { warmUp: !quick, say });
  checkSame(passes);
  // Time of the processor, not of the clock: whatever else runs on the machine then counts for nobody.
  const rates = new Map(
    [...passes].map(([name, all]) => [name, all.map(({ tokens, cpuSeconds }) => tokens / cpuSeconds)]),
  );
  const ours = median(rates.get(OURS) ?? []);
  return {
    tables: [
      {
        title: '',
        columns: ['', 'tokens per CPU second: median (lowest to highest)', 'fernlake / this'],
        rows: [...rates].map(([name, all]) => [name, spread(all), (ours / median(all)).toFixed(2)]),
      },
    ],
    notes: [
      `Each side decrypts the same ${grouped(firstOf(passes).distinct)} tokens again and again for ${seconds} s a round, one ` +
        `after the other, ${ROUNDS} rounds after one that warms up; the plaintexts of all sides had the same SHA-256. One thread ` +
        "each (GOMAXPROCS=1); Node's figure has its garbage collector's threads in it.",
      ...missing,
    ],
    headlines: headlinesOf(ours, rates),
    ...(quick ? {} : { growth: await growth(say) }),
  };
}

/** Go's is the bound that was set: at least as many. */
function headlinesOf(ours: number, rates: ReadonlyMap<string, readonly number[]>): Headline[] {
  const value = `${grouped(ours)} tokens/s`;
  const peers = [...rates].filter(([name]) => name !== OURS && name !== OURS_MANY);
  if (peers.length === 0) return [{ what: 'decrypt, one core', value }];
  return peers.map(([name, all]) => {
    const ratio = ours / median(all);
    const against = `${name}: ${grouped(median(all))}`;
    return { what: 'decrypt, one core', value, against, ratio, ...(name === GO ? { met: ratio >= 1 } : {}) };
  });
}

async function sidesOf(
  file: string,
  seconds: number,
  say: (text: string) => void,
  quick: boolean,
): Promise<{ sides: Side<Pass>[]; missing: string[] }> {
  const node = (way: string, batch = 100) =>
    passOf(process.execPath, [NODE_SCRIPT, way, DEMO_KEY, file, String(seconds), String(batch)]);
  const sides: Side<Pass>[] = [
    { name: OURS, run: () => node('fernlake') },
    { name: OURS_MANY, run: () => node('fernlake', 10_000) },
    { name: 'node:crypto, a token at a time', run: () => node('node:crypto') },
    { name: 'fernet 0.4.0 (npm)', run: () => node('fernet (npm)') },
  ];
  if (quick) return { sides, missing: [] };
  const missing: string[] = [];
  const add = async (name: string, ready: () => Promise<() => Promise<Pass>>): Promise<void> => {
    try {
      sides.push({ name, run: await ready() });
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      missing.push(`${name} is missing: ${error.message}`);
    }
  };
  await add(GO, async () => {
    const binary = await goPeer('decrypt', [FERNET_GO], say);
    return () => passOf(binary, [DEMO_KEY, file, String(seconds)], { GOMAXPROCS: '1' });
  });
  await add('cryptography 48.0.0 (Python)', async () => {
    const bin = await pythonPeer('cryptography', [CRYPTOGRAPHY], say);
    return () =>
      passOf(path.join(bin, 'python'), [
        path.join(PYTHON_PEERS, 'decrypt.py'),
        DEMO_KEY,
        file,
        String(seconds),
      ]);
  });
  return { sides, missing };
}

async function passOf(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Pass> {
  return JSON.parse((await run(command, args, { env })).stdout) as Pass;
}

const firstOf = (passes: Map<string, Pass[]>): Pass => {
  const [first] = [...passes.values()].flat();
  if (!first) throw new Error('no side has run');
  return first;
};

function checkSame(passes: Map<string, Pass[]>): void {
  const { sha256 } = firstOf(passes);
  for (const [name, all] of passes) {
    if (all.some((pass) => pass.sha256 !== sha256)) throw new Error(`${name} decrypted to other plaintexts`);
  }
}

async function growth(say: (text: string) => void): Promise<GrowthLine[]> {
  const names: readonly DatasetName[] = ['tokens-10k', 'tokens-100k', 'tokens-1m'];
  const points = [];
  for (const name of names) {
    say(`growth: ${name}`);
    const dataset = await ensureDataset(name);
    const pass = await passOf(process.execPath, [NODE_SCRIPT, 'fernlake', DEMO_KEY, tokensOf(dataset), '2']);
    points.push({ work: dataset.spec.records, value: Math.round(pass.tokens / pass.cpuSeconds) });
  }
  return [{ what: 'tokens per CPU second, by tokens', unit: '1/s', points }];
}
