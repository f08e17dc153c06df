import pMap from 'p-map';
import { IN_MEMORY_BYTES_MAX } from '../../lake/streams.js';
import type { ActivityDeps } from '../deps.js';
import { decodeBundle, encodeBundle, type Part } from '../partition/bundle.js';
import type { Parts, RowsPart } from '../parts.js';
import { currentPulse } from '../pulse.js';
import type { BatchScratch, Ref } from '../ref.js';
import { done, keyOf, leave, stage, unstage } from '../staging.js';
import { stageStream, unstaged } from '../streams.js';
import { inSealSlot } from '../seal-slots.js';
import { pack, packFast, packStream } from './pack.js';
import { packParquet } from './parquet.js';

export type GzipInput = BatchScratch & Parts;

/** Packs the segments of a batch, or the rows of a seal. */
export type Gzip = (input: GzipInput) => Promise<Parts>;

/** On the main thread zlib runs in libuv's pool; two at a time keep two cores busy. */
const PACKED_AT_ONCE = 2;

export const createGzip =
  (deps: ActivityDeps): Gzip =>
  async (input) => {
    if ('bundle' in input) return { bundle: await packBundle(deps, input, input.bundle) };
    const { rows } = input;
    const packAll = () => pMap(rows, (part) => packRows(deps, part), { concurrency: PACKED_AT_ONCE });
    return { rows: await inSealSlot(packAll) };
  };

async function packBundle({ storage }: ActivityDeps, scratch: BatchScratch, bundle: Ref): Promise<Ref> {
  const pulse = currentPulse();
  const input = await unstage(storage, bundle);
  const parts = decodeBundle(input);
  const packPart = async (part: Part): Promise<Part> => {
    pulse.beat();
    return part.kind === 'segment' ? { ...part, bytes: await packFast(part.bytes) } : part;
  };
  const packed = await pMap(parts, packPart, { concurrency: PACKED_AT_ONCE });
  const left = await leave(storage, scratch, 'packed', encodeBundle(packed), packed.length);
  done(storage, bundle, input);
  return left;
}

async function packRows({ storage, parquet, form }: ActivityDeps, part: RowsPart): Promise<RowsPart> {
  currentPulse().beat();
  const key = keyOf(storage, part.ref);
  if (part.kind === 'object' && part.ref.bytes > IN_MEMORY_BYTES_MAX) {
    const ref = await stageStream(storage, `${key}.gz`, packStream(unstaged(storage, part.ref)));
    return { ...part, ref: { ...ref!, records: part.ref.records } };
  }
  const rows = await unstage(storage, part.ref);
  const isParquet = part.kind === 'parquet';
  const bytes = isParquet ? await packParquet(rows, part, parquet, form) : await pack(rows);
  const ref = await stage(storage, `${key}.${isParquet ? 'parquet' : 'gz'}`, bytes, part.ref.records);
  return { ...part, ref };
}
