import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { FernlakeError, messageOf } from '../../src/errors.js';

/** Where the clock stands, and which series it belongs to. */
export interface ClockState {
  readonly anchorMs: number;
  readonly startMs: number;
  readonly elapsedMs: number;
  /** The series' other options as text: another series cannot go on from here. */
  readonly series: string;
}

/** undefined when there is no file yet. Throws FernlakeError `Configuration` when it is none of ours. */
export function readState(path: string): ClockState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, messageOf(error));
  }
  const state = parsed(text);
  if (state === undefined) throw unusable(path, 'it is not a state of the sample API');
  return state;
}

/**
 * Atomic, since a reader after `kill -9` must find the former state or this one. Not flushed to the disk: the state is
 * worth nothing more than the demonstration. Throws FernlakeError `Configuration` when it cannot be written.
 */
export function writeState(path: string, state: ClockState): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    throw unusable(path, messageOf(error));
  }
}

function parsed(text: string): ClockState | undefined {
  try {
    const value = JSON.parse(text) as Partial<ClockState> | null;
    const numbers = [value?.anchorMs, value?.startMs, value?.elapsedMs];
    return numbers.every(Number.isFinite) && typeof value?.series === 'string'
      ? (value as ClockState)
      : undefined;
  } catch {
    return undefined;
  }
}

function unusable(path: string, why: string): FernlakeError {
  return new FernlakeError(
    'Configuration',
    'terminal',
    `the sample API's state file ${path} cannot be used: ${why}`,
    {
      details: { path },
    },
  );
}
