import { setTimeout as sleep } from 'node:timers/promises';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { lakeWords } from '../identity.js';
import { readLakeName } from '../stored-identity.js';
import type { Storage } from '../../storage/port.js';
import { copyObject, isSame } from './copy-object.js';
import { type Group, groupsOf, type Pair, pairs } from './groups.js';

/** Objects under way at once; a large one holds one part of S3's (8 MiB) in memory. */
const AT_ONCE = 8;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;

export interface CopyInput {
  readonly from: Storage;
  /** undefined: nothing is there, and nothing is to be written (a dry run into a folder that is not there yet). */
  readonly to: Storage | undefined;
  /** Keys that begin so; empty for all. */
  readonly only: string;
  /** Compares, and writes nothing. */
  readonly dryRun: boolean;
  readonly onProgress?: (group: string, report: Readonly<CopyCounts>) => void;
}

export interface CopyCounts {
  /** In FROM. */
  objects: number;
  bytes: number;
  /** Written; in a dry run: that would be. */
  copied: number;
  copiedBytes: number;
  /** There already, with the same bytes. */
  same: number;
  /** Removed from FROM while it was copied. */
  gone: number;
  /** Ledgers that changed while FROM was copied, so that their objects may be older here: left to the next copy. */
  moved: number;
  /** In TO alone. Nothing is ever removed there. */
  extra: number;
}

/**
 * Makes TO hold what FROM holds. What is there with the same bytes is left alone, so a copy that was cut off goes on where it
 * was. Throws at the first object that cannot be copied, since what comes behind it may rest on it.
 */
export async function copyLake(input: CopyInput): Promise<CopyCounts> {
  if (input.to && input.only === '') await assertOneLake(input.from, input.to);
  const counts = { objects: 0, bytes: 0, copied: 0, copiedBytes: 0, same: 0, gone: 0, moved: 0, extra: 0 };
  const groups = groupsOf(input.only);
  // A ledger that has not changed once everything else is copied vouches for what was copied before.
  const vouching = new Map<string, string>();
  for (const group of groups.filter(({ isLedgers }) => isLedgers))
    for await (const { key, etag } of group.list(input.from)) vouching.set(key, etag);
  for (const group of groups) await copyGroup(input, group, vouching, counts);
  return counts;
}

/** A copy is the same lake at another place. Two lakes copied into one could never be told apart again. */
async function assertOneLake(from: Storage, to: Storage): Promise<void> {
  const [one, two] = await Promise.all([readLakeName(from), readLakeName(to)]);
  if (!one || !two || one.id === two.id) return;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `FROM (${lakeWords(one)}) and TO (${lakeWords(two)}) are two lakes: copy into an empty place, or only a part (--only raw/logs/)`,
  );
}

async function copyGroup(
  input: CopyInput,
  group: Group,
  vouching: ReadonlyMap<string, string>,
  counts: CopyCounts,
): Promise<void> {
  const { from, to, onProgress } = input;
  const all = pairs(group.list(from), to === undefined ? nothing() : group.list(to));
  let failed = false;
  const copyPairs = async (): Promise<void> => {
    while (!failed) {
      const next = await all.next();
      if (next.done) return;
      await copyPair(input, next.value, group.isLedgers ? vouching : undefined, counts);
      onProgress?.(group.name, counts);
    }
  };
  const copying = Array.from({ length: AT_ONCE }, () =>
    copyPairs().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All of them: whoever hears of the failure may take it that nothing is being written any more.
  const ends = await Promise.allSettled(copying);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function copyPair(
  { from, to, dryRun }: CopyInput,
  { key, from: source, to: target }: Pair,
  vouching: ReadonlyMap<string, string> | undefined,
  counts: CopyCounts,
): Promise<void> {
  if (source === undefined) {
    counts.extra += 1;
    return;
  }
  counts.objects += 1;
  counts.bytes += source.bytes;
  if (vouching && vouching.get(key) !== source.etag) {
    counts.moved += 1;
    return;
  }
  try {
    if (to && target && (await patiently(() => isSame(from, to, source, target)))) {
      counts.same += 1;
      return;
    }
    let copiedBytes = source.bytes;
    if (to && !dryRun) {
      // Small, and read whole, so that its etag is that of the bytes.
      const ledger = vouching && (await patiently(() => from.get(key)));
      if (ledger && ledger.etag !== source.etag) {
        counts.moved += 1;
        return;
      }
      copiedBytes = await patiently(async (tried) => {
        // An attempt that failed may have written it all the same.
        const replaces = tried === 1 ? target : await to.head(key);
        return await copyObject(from, to, key, replaces, ledger?.body);
      });
    }
    counts.copied += 1;
    counts.copiedBytes += copiedBytes;
  } catch (error) {
    if (!isFernlakeError(error, 'ObjectNotFound')) throw error;
    counts.gone += 1;
  }
}

/** There is no Temporal here that would try again. */
async function patiently<T>(attempt: (tried: number) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt(tried);
    } catch (error) {
      if (!isFernlakeError(error) || error.kind === 'terminal' || tried === ATTEMPTS) throw error;
      await sleep(error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
}

async function* nothing(): AsyncGenerator<never> {
  // An empty listing.
}
