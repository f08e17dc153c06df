import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { cacheRoot } from '../support/cache.js';
import { type Content, ContentHash } from '../support/content-hash.js';
import { showProgress } from '../support/progress.js';
import { DATA_VERSION, DATASET, type DatasetName, type DatasetSpec, SEED, specOf } from './datasets.js';
import { type Minted, type Part, partName, partsOf } from './mint-part.js';

export interface Dataset {
  readonly spec: DatasetSpec;
  readonly dir: string;
  /** What must land of it: every record once. */
  readonly content: Content;
  readonly tokens: number;
  readonly bodyBytes: number;
  readonly packedBytes: number;
}

/** For an archive: the lake that holds it. Never write there: link it (support/lake-copy.ts). */
export const lakeOf = ({ dir }: Dataset): string => path.join(dir, 'lake');
export const rawOf = (dataset: Dataset): string => path.join(lakeOf(dataset), 'raw', DATASET);
export const tokensOf = ({ dir }: Dataset): string => path.join(dir, 'tokens.txt');

/** The dataset; minted, with all cores, where the cache has none. 1,000,000 records take 10 to 20 s on two cores. */
export async function ensureDataset(name: DatasetName): Promise<Dataset> {
  const spec = specOf(name);
  const dir = path.join(cacheRoot(), 'data', `${name}-v${DATA_VERSION}-s${SEED}`);
  const summary = path.join(dir, 'summary.json');
  if (!existsSync(summary)) await mint(spec, dir);
  return { ...(JSON.parse(readFileSync(summary, 'utf8')) as Omit<Dataset, 'dir'>), dir };
}

/** In a folder of its own that is then renamed: whoever looks sees the whole dataset or none. */
async function mint(spec: DatasetSpec, dir: string): Promise<void> {
  await mkdir(path.dirname(dir), { recursive: true });
  const scratch = await mkdtemp(path.join(path.dirname(dir), `.${spec.name}-`));
  try {
    const minted = await mintAll(spec, partsOf(spec, scratch));
    if (spec.kind === 'tokens') await joinParts(scratch, minted);
    const hash = new ContentHash();
    for (const { content } of minted) hash.addAll(content);
    const sum = (of: (minted: Minted) => number): number => minted.reduce((all, each) => all + of(each), 0);
    const summary: Omit<Dataset, 'dir'> = {
      spec,
      content: hash.content(),
      tokens: sum(({ tokens }) => tokens),
      bodyBytes: sum(({ bodyBytes }) => bodyBytes),
      packedBytes: sum(({ packedBytes }) => packedBytes),
    };
    await writeFile(path.join(scratch, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    await rename(scratch, dir).catch((error: unknown) => {
      // Somebody else was faster with the same bytes.
      if (!existsSync(path.join(dir, 'summary.json'))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function mintAll(spec: DatasetSpec, parts: readonly Part[]): Promise<Minted[]> {
  const progress = showProgress(`minting ${spec.name}`, parts.length);
  const queue = [...parts];
  const minted: Minted[] = [];
  const threads = Math.min(os.availableParallelism(), parts.length);
  const run = async (): Promise<void> => {
    const worker = new Worker(new URL('./mint-thread.js', import.meta.url));
    try {
      for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
        worker.postMessage(part);
        const [answer] = (await once(worker, 'message')) as [Minted];
        minted.push(answer);
        progress.step();
      }
    } finally {
      await worker.terminate();
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, run));
  } finally {
    progress.end();
  }
  return minted.sort((a, b) => a.part.from - b.part.from);
}

async function joinParts(dir: string, minted: readonly Minted[]): Promise<void> {
  for (const { part } of minted) {
    const file = path.join(dir, partName(part.from));
    await appendFile(path.join(dir, 'tokens.txt'), await readFile(file));
    await unlink(file);
  }
}
