import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { childEnvironment } from '../config/children.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the child has ended, or could not even be started (then both are null). */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
      return;
    }
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}

/** Asks with SIGTERM, insists with SIGKILL after `graceMs`. Resolves when the child is gone. */
export async function endChild(child: ChildProcess, graceMs: number): Promise<Exit> {
  const exit = exitOf(child);
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
  try {
    return await exit;
  } finally {
    clearTimeout(insist);
  }
}

/**
 * Ends `pid` when this process is gone, however it went: `kill -9` included. A shell waits for the end of a pipe that
 * only we hold open, which the kernel closes with us; then it asks with SIGTERM, and insists after 5 s.
 * It stands in a session of its own, so a Ctrl-C in the terminal does not reach it.
 * Not taken: prctl(PR_SET_PDEATHSIG) through setpriv, which only Linux has, and which cannot ask first.
 * `dismiss` it once the process has ended, so that it never hits a later process with the same id.
 */
export function guard(pid: number): { dismiss(): Promise<void> } {
  const script =
    'read -r _; kill -TERM "$1" 2>/dev/null || exit 0; ' +
    'for _ in 1 2 3 4 5; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done; kill -KILL "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'fernlake-guard', String(pid)], {
    detached: true,
    env: childEnvironment('local'),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exit = exitOf(shell);
  shell.stdin?.on('error', () => undefined); // the shell went first; then there is nothing left to guard with
  (shell.stdin as Socket | null)?.unref();
  shell.unref();
  return {
    async dismiss() {
      shell.ref();
      shell.kill('SIGKILL');
      await exit;
    },
  };
}
