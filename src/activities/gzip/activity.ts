import { decodeManifest, type Part } from '../manifest.js';
import type { ActivityDeps } from '../deps.js';
import pMap from 'p-map';
import { keyOf, stage, unstage } from '../staging.js';
import { pack, packFast, packStream } from './pack.js';
import { packParquet } from './parquet.js';
import { currentPulse } from '../pulse.js';
import { IN_MEMORY_BYTES_MAX } from '../../lake/streams.js';
import { stageStream, unstaged } from '../streams.js';
import { inTurn } from '../turns.js';
import type { Ref, Scratch } from '../ref.js';

export interface GzipInput extends Scratch {
  readonly manifest: Ref;
}

/** Packs every part of a manifest. */
export type Gzip = (input: GzipInput) => Promise<Ref>;

/** On the main thread zlib runs in libuv's pool; two at a time keep two cores busy. */
const PACKED_AT_ONCE = 2;

export const createGzip =
  (deps: ActivityDeps): Gzip =>
  async ({ staging, manifest }) => {
    const { storage } = deps;
    const { parts } = decodeManifest((await unstage(storage, manifest)).toString('utf8'));
    const packAll = (): Promise<Part[]> =>
      pMap(parts, (part) => packPart(deps, part), { concurrency: PACKED_AT_ONCE });
    const packed = await (parts.some(isOfSeal) ? inTurn(packAll) : packAll());
    return await stage(storage, `${staging}packed`, JSON.stringify({ parts: packed }), packed.length);
  };

const isOfSeal = ({ kind }: Part): boolean => kind === 'object' || kind === 'parquet';

async function packPart({ storage, parquet, urls, fields }: ActivityDeps, part: Part): Promise<Part> {
  currentPulse().beat();
  if (part.kind === 'object' && part.ref.bytes > IN_MEMORY_BYTES_MAX) {
    const packed = packStream(unstaged(storage, part.ref));
    const ref = await stageStream(storage, `${keyOf(storage, part.ref)}.gz`, packed);
    return { ...part, ref: { ...ref!, records: part.ref.records } };
  }
  const plain = await unstage(storage, part.ref);
  const isParquet = part.kind === 'parquet';
  const zip = part.kind === 'object' ? pack : packFast;
  const bytes = isParquet ? await packParquet(plain, part, parquet, urls, fields) : await zip(plain);
  const key = `${keyOf(storage, part.ref)}.${isParquet ? 'parquet' : 'gz'}`;
  return { ...part, ref: await stage(storage, key, bytes, part.ref.records) };
}
