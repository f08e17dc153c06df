import os from 'node:os';
import path from 'node:path';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import { splitSearchPath } from './search-path.js';

let found: Promise<string> | undefined;

/** The Temporal CLI of this machine; `npm test` gets it before mocha starts (prepare.ts), a single test on its own. */
export function temporalCli(): Promise<string> {
  const { FERNLAKE_TEMPORAL_CLI, PATH, XDG_CACHE_HOME } = process.env;
  found ??= findTemporalCli({
    ...(FERNLAKE_TEMPORAL_CLI ? { explicitPath: FERNLAKE_TEMPORAL_CLI } : {}),
    searchPath: splitSearchPath(PATH),
    cacheDir: path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'fernlake'),
    log: console.log,
  });
  return found;
}
