import { readFileSync } from 'node:fs';

/** Tells a process from a later one with the same id, where there is a /proc. */
export function processIdentity(pid: number): string {
  return `${pid} ${startedAtTicks(pid) ?? ''}\n`;
}

/** The id in what `processIdentity` gave, undefined once that process is gone. */
export function runningProcess(identity: string): number | undefined {
  const [pidText, ticks = ''] = identity.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isRunning(pid)) return undefined;
  return (startedAtTicks(pid) ?? '') === ticks ? pid : undefined;
}

/** Whether a process with this id runs. One that has ended and was not yet reaped (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's, but there
  }
  return statFields(pid)?.[0] !== 'Z';
}

/**
 * What tells a process from a later one with the same id: its start in clock ticks since boot.
 * undefined where there is no /proc.
 */
export function startedAtTicks(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** The fields of /proc/<pid>/stat from the third on; the second, the name, may hold blanks and brackets (proc(5)). */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
