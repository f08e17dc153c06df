import { STAGING } from '../../storage/key.js';
import type { ObjectInfo, Storage } from '../../storage/port.js';
import { compareKeys } from '../../storage/key.js';

/**
 * What is computed comes after what it is computed from, and the ledgers, which vouch for the rest, come last. So a copy
 * that stops anywhere is at worst torn, as a lake is after a crash: the seal and `reprocess` mend that from raw/.
 */
const BEFORE_THE_REST = ['raw/', 'quarantine/'] as const;
const AFTER_THE_REST = ['segments/', 'ledger/'] as const;
/**
 * Folders with a listing of their own, or none. The rest are the tables of all datasets, parquet/, and
 * whatever else lies there.
 */
const NOT_THE_REST: ReadonlySet<string> = new Set([...BEFORE_THE_REST, ...AFTER_THE_REST, STAGING]);
const THE_REST = 'tables';

export interface Group {
  /** For people: `raw/`, `tables`, … */
  readonly name: string;
  readonly isLedgers: boolean;
  list(storage: Storage): AsyncIterable<ObjectInfo>;
}

/** The parts of a lake whose keys begin with `only`, in the order in which they are to be copied. staging/ is none. */
export function groupsOf(only: string): Group[] {
  const own = (name: string): Group[] => {
    const prefix = only.startsWith(name) ? only : name.startsWith(only) ? name : undefined;
    if (prefix === undefined) return [];
    return [{ name, isLedgers: name === 'ledger/', list: (storage) => storage.list(prefix) }];
  };
  const rest: Group = { name: THE_REST, isLedgers: false, list: (storage) => listTheRest(storage, only) };
  return [...BEFORE_THE_REST.flatMap(own), rest, ...AFTER_THE_REST.flatMap(own)];
}

/** Leaps over the folders that have a listing of their own: raw/ alone may hold millions of keys. */
async function* listTheRest(storage: Storage, only: string): AsyncGenerator<ObjectInfo> {
  let startAfter: string | undefined;
  do {
    const from = startAfter === undefined ? {} : { startAfter };
    startAfter = undefined;
    for await (const info of storage.list(only, from)) {
      const folder = info.key.slice(0, info.key.indexOf('/') + 1);
      if (NOT_THE_REST.has(folder)) {
        // `0` is the character behind `/`: the next key is the first one behind all of the folder's.
        startAfter = `${folder.slice(0, -1)}0`;
        break;
      }
      yield info;
    }
  } while (startAfter !== undefined);
}

export interface Pair {
  readonly key: string;
  readonly from: ObjectInfo | undefined;
  readonly to: ObjectInfo | undefined;
}

/** Two listings side by side, of which neither has to fit in memory. */
export async function* pairs(
  from: AsyncIterable<ObjectInfo>,
  to: AsyncIterable<ObjectInfo>,
): AsyncGenerator<Pair> {
  const sources = from[Symbol.asyncIterator]();
  const targets = to[Symbol.asyncIterator]();
  const next = async (all: AsyncIterator<ObjectInfo>): Promise<ObjectInfo | undefined> => {
    const step = await all.next();
    return step.done ? undefined : step.value;
  };
  try {
    let source = await next(sources);
    let target = await next(targets);
    while (source !== undefined || target !== undefined) {
      const order =
        source === undefined ? 1 : target === undefined ? -1 : compareKeys(source.key, target.key);
      const first = order <= 0 ? source : undefined;
      const second = order >= 0 ? target : undefined;
      yield { key: (first ?? second)?.key ?? '', from: first, to: second };
      if (first) source = await next(sources);
      if (second) target = await next(targets);
    }
  } finally {
    await sources.return?.();
    await targets.return?.();
  }
}
