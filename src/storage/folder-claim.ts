import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FernlakeError } from '../errors.js';
import { codeOf } from './folder-errors.js';
import { FILE_MODE } from './folder-place.js';

const CLAIM = 'claim-';
const KEY_HASH_DIGITS = 32;
/** The claim of a process on a key: its hash, then machine, process id and start, then a UUID. Nothing else is one. */
const CLAIM_NAME = new RegExp(
  `^${CLAIM}[0-9a-f]{${KEY_HASH_DIGITS}}-[0-9a-f]{12}-\\d+-\\d*-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
);
/** There is no way to ask whether a process on another machine lives: its claim counts for this long. */
const FOREIGN_CLAIM_LIFE_MS = 5 * 60_000;
const WAIT_MS_MAX = 60_000;
const PAUSE_MS_MAX = 30;

/**
 * The right to replace or remove one object, exclusive between the processes that share the folder. Node has no flock(2).
 *
 * Whoever wants it creates a claim with a name of its own and looks then: another live claim, and it withdraws, waits a
 * random time and tries again. Of two, the one that looked last saw the other's, so never do both go on. A claim's name
 * is never used again, so one whose owner died (`kill -9`) is ignored, and removed without a race. (One lock file that
 * is found stale, removed and made again can be won twice.)
 * Resolves to the release. Throws `StorageBusy` after a minute.
 */
export async function claimKey(scratch: string, key: string): Promise<() => Promise<void>> {
  const leave = await inTurn(`${scratch}\0${key}`);
  try {
    const withdraw = await claim(scratch, key);
    return async () => {
      await withdraw().finally(leave);
    };
  } catch (error) {
    leave();
    throw error;
  }
}

async function claim(scratch: string, key: string): Promise<() => Promise<void>> {
  const prefix = `${CLAIM}${createHash('sha256').update(key).digest('hex').slice(0, KEY_HASH_DIGITS)}-`;
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  while (performance.now() < deadlineMs) {
    const mine = join(scratch, `${prefix}${OWNER}-${randomUUID()}`);
    await (await open(mine, 'wx', FILE_MODE)).close();
    const withdraw = (): Promise<void> => remove(mine);
    try {
      if (!(await othersLive(scratch, prefix, mine))) return withdraw;
    } catch (error) {
      await withdraw();
      throw error;
    }
    await withdraw();
    await sleep(1 + Math.random() * PAUSE_MS_MAX);
  }
  throw new FernlakeError(
    'StorageBusy',
    'transient',
    `another process has been writing ${key} for ${WAIT_MS_MAX / 1000} s: it is tried again (claims are ${join(scratch, prefix)}*)`,
    { details: { key } },
  );
}

const turns = new Map<string, Promise<void>>();

/**
 * Within one process a queue gives the turn, without polling: only its first waiter contends with other
 * processes.
 */
async function inTurn(name: string): Promise<() => void> {
  const before = turns.get(name);
  let leave = (): void => undefined;
  const mine = new Promise<void>((resolve) => (leave = resolve));
  turns.set(name, mine);
  await before;
  return () => {
    if (turns.get(name) === mine) turns.delete(name);
    leave();
  };
}

async function othersLive(scratch: string, prefix: string, mine: string): Promise<boolean> {
  for (const name of await readdir(scratch)) {
    if (!name.startsWith(prefix) || join(scratch, name) === mine) continue;
    if (await isLive(join(scratch, name), name.slice(prefix.length))) return true;
    await remove(join(scratch, name));
  }
  return false;
}

/** Removes the claims of processes that died: whoever wants the same object again does so, too, but nobody may. */
export async function sweepClaims(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    if (!CLAIM_NAME.test(name)) continue;
    const owner = name.slice(CLAIM.length + KEY_HASH_DIGITS + 1);
    if (!(await isLive(join(scratch, name), owner))) await remove(join(scratch, name));
  }
}

async function isLive(path: string, owner: string): Promise<boolean> {
  const [machine, pid = '', ticks = ''] = owner.split('-');
  if (machine === MACHINE) {
    const now = startOf(Number(pid));
    return now === undefined ? runs(Number(pid)) : now === ticks;
  }
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < FOREIGN_CLAIM_LIFE_MS;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When the process started, in ticks since boot: tells it from a later one with its id. undefined without /proc. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the second field, the name, may hold blanks and brackets. The 22nd is the start, the third the state.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : fields[19];
  } catch {
    return undefined;
  }
}

/** Process ids mean something only within one machine, and within one container of it. */
function machineOf(): string {
  let space = '';
  try {
    space = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux, so there are no process namespaces.
  }
  return createHash('sha256').update(`${hostname()}\0${space}`).digest('hex').slice(0, 12);
}

const MACHINE = machineOf();
const OWNER = `${MACHINE}-${process.pid}-${startOf(process.pid) ?? ''}`;

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}
