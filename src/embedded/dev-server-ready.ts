import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Exit } from './processes.js';
import { portAnswers } from './ports.js';

const PROBE_EVERY_MS = 50;

export interface Wait {
  readonly port: number;
  readonly namespace: string;
  /** Resolves when the server's process ends: a later answer is another server's. */
  readonly exited: Promise<Exit>;
  readonly timeoutMs: number;
}

/** `serving` when the namespace can be used; otherwise what happened, to be put after a colon. */
export async function waitUntilServing({ port, namespace, exited, timeoutMs }: Wait): Promise<string> {
  let exit: Exit | undefined;
  void exited.then((value) => (exit = value));
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    const answers = (await portAnswers(port)) && (await namespaceAnswers(`127.0.0.1:${port}`, namespace));
    if (exit !== undefined) return describeExit(exit);
    if (answers) return 'serving';
    await sleep(PROBE_EVERY_MS);
  }
  return `no answer on port ${port} within ${Math.round(timeoutMs / 1000)} s`;
}

async function namespaceAnswers(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false; // not yet: asked again until the time is up
  } finally {
    await connection?.close();
  }
}

function describeExit({ code, signal }: Exit): string {
  if (code === null && signal === null) return 'it cannot be run (is it there, and executable?)';
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
}

const TAIL_LINES = 12;
const LINE_CHARACTERS = 400;

/** A log, and its last lines for an error message: without Go's stack, which tells a user nothing. Empty without a log. */
export function logOf(file: string): { all: string; tail: string } {
  let all = '';
  try {
    all = readFileSync(file, 'utf8').trimEnd();
  } catch {
    // it never wrote one
  }
  const [said = ''] = all.split(/^goroutine \d+ \[/m);
  const lines = said.trimEnd().split('\n').slice(-TAIL_LINES);
  return {
    all,
    tail: lines
      .map((line) => `  ${line.slice(0, LINE_CHARACTERS)}`)
      .join('\n')
      .trimEnd(),
  };
}
