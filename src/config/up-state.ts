import { readFileSync } from 'node:fs';
import path from 'node:path';
import { processIdentity, runningProcess } from './running-process.js';
import { writeStateFile } from './state-file.js';

/** What `fernlake up` keeps, in the folder in which it was started. */
export const STATE_FOLDER = '.fernlake';
/** What its worker, server and sample say. */
export const LOG_FILE = path.join(STATE_FOLDER, 'fernlake.log');
const FILE = path.join(STATE_FOLDER, 'up.json');

/** What the other commands in the same folder need to know of the `up` that runs there. */
export interface UpState {
  readonly lake: string;
  /** Of a dev server of its own; null where TEMPORAL_ADDRESS named one. */
  readonly temporal: { readonly address: string; readonly namespace: string } | null;
  /** Of the dev server's Web UI; null where it has none. */
  readonly uiUrl: string | null;
  /** The sample API's address; null where a source was set. */
  readonly sampleUrl: string | null;
}

export interface SeenUp extends UpState {
  /** Its process is there; otherwise only `lake` still holds. */
  readonly running: boolean;
}

/** Makes the folder, too. */
export function writeUpState(state: UpState): void {
  writeStateFile(FILE, { process: processIdentity(process.pid).trim(), ...state });
}

/** undefined where no `up` was started in this folder, or its file is none of ours. */
export function readUpState(): SeenUp | undefined {
  try {
    const {
      process: identity,
      lake,
      temporal,
      uiUrl,
      sampleUrl,
    } = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown> & Partial<UpState>;
    if (typeof identity !== 'string' || typeof lake !== 'string') return undefined;
    const running = runningProcess(identity) !== undefined;
    return { lake, temporal: temporal ?? null, uiUrl: uiUrl ?? null, sampleUrl: sampleUrl ?? null, running };
  } catch {
    return undefined;
  }
}
