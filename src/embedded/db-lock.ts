import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { FernlakeError } from '../domain/errors.js';
import { isRunning, startedAtTicks } from './processes.js';

/**
 * Two dev servers open the same SQLite file without a word (seen with server 1.32.0), and both then run its schedules.
 * So whoever opens `dbFile` leaves its process id in `<dbFile>.lock`; a lock whose process is gone does not count.
 */
export interface DbLock {
  /** The process that has the file open from now on. */
  handTo(pid: number): void;
  release(): void;
}

/** Throws FernlakeError `Configuration` when another process has the file open. */
export function lockDb(dbFile: string): DbLock {
  const file = `${dbFile}.lock`;
  if (!create(file)) {
    const holder = read(file);
    if (holder !== undefined) {
      throw new FernlakeError(
        'Configuration',
        'terminal',
        `The Temporal database ${dbFile} is in use by process ${holder} (${file}). ` +
          'Stop that one first, or start this one with another folder.',
        { details: { dbFile, pid: holder } },
      );
    }
    rmSync(file, { force: true });
    if (!create(file)) return lockDb(dbFile); // somebody else was quicker; it is theirs
  }
  let held = true;
  return {
    handTo(pid) {
      held = true;
      writeFileSync(file, identity(pid));
    },
    release() {
      if (held) rmSync(file, { force: true }); // once: the file may be another's by now
      held = false;
    },
  };
}

function create(file: string): boolean {
  try {
    writeFileSync(file, identity(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The id of the process that holds the lock, undefined when it is gone. */
function read(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const [pidText, ticks = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isRunning(pid)) return undefined;
  return (startedAtTicks(pid) ?? '') === ticks ? pid : undefined;
}

function identity(pid: number): string {
  return `${pid} ${startedAtTicks(pid) ?? ''}\n`;
}
