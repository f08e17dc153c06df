import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../src/config/running-process.js';

/** Every process that a test starts inherits this variable, so that it is known again after its parent has gone. */
export const RUN_MARKER = 'FERNLAKE_TEST_RUN';

export interface Leaked {
  readonly pid: number;
  readonly command: string;
}

/**
 * The processes of this run that still run `graceMs` from now, without this one. Empty at once where none does.
 * It needs /proc: elsewhere it finds nothing, and says so.
 */
export async function leakedProcesses(run: string, graceMs: number): Promise<Leaked[]> {
  const deadlineMs = performance.now() + graceMs;
  for (;;) {
    const leaked = processesOf(run);
    if (leaked.length === 0 || performance.now() >= deadlineMs) return leaked;
    await sleep(100);
  }
}

function processesOf(run: string): Leaked[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    console.warn('Leaked processes are not looked for: this system has no /proc.');
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && readProc(pid, 'environ').includes(`${RUN_MARKER}=${run}`))
    .filter(isRunning)
    .map((pid) => ({ pid, command: readProc(pid, 'cmdline').join(' ').trim() }));
}

/** The zero-terminated entries of a file in /proc/<pid>; none when it has ended or is somebody else's. */
function readProc(pid: number, file: 'environ' | 'cmdline'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
