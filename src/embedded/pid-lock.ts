import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { processIdentity, runningProcess } from '../config/running-process.js';

/** A lock file with a process's id. It does not count once that process is gone. */
export interface PidLock {
  /** The process that holds it from now on. */
  handTo(pid: number): void;
  release(): void;
}

/** The lock, or the id of the process that holds it, which may be this very one. */
export function takePidLock(file: string): PidLock | number {
  if (!create(file)) {
    const holder = runningProcessIn(file);
    if (holder !== undefined) return holder;
    rmSync(file, { force: true });
    if (!create(file)) return takePidLock(file); // somebody else was quicker; it is theirs
  }
  let held = true;
  return {
    handTo(pid) {
      held = true;
      writeFileSync(file, processIdentity(pid));
    },
    release() {
      if (held) rmSync(file, { force: true }); // once: the file may be another's by now
      held = false;
    },
  };
}

function create(file: string): boolean {
  try {
    writeFileSync(file, processIdentity(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function runningProcessIn(file: string): number | undefined {
  try {
    return runningProcess(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
