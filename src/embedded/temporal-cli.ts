import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { FernlakeError, messageOf } from '../domain/errors.js';
import { goInstall } from './go-install.js';
import { downloadTemporalCli } from './temporal-download.js';
import { makeTool, onPath } from './tool-cache.js';

/** Newer tags hold a replace directive and cannot be built by `go install` (server 1.29.1, UI 2.42.1 in this one). */
export const TEMPORAL_CLI_VERSION = 'v1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_CLI_VERSION}`;
const VERSION_TIMEOUT_MS = 60_000;

export interface TemporalCliOptions {
  /** FERNLAKE_TEMPORAL_CLI: used as it is, and nothing else is tried. */
  readonly explicitPath?: string;
  /** The directories of PATH, for `temporal` and `go`. */
  readonly searchPath: readonly string[];
  /** Where fernlake keeps what it gets, as `~/.cache/fernlake`. */
  readonly cacheDir: string;
  /** The address of the official archives, without a trailing slash. */
  readonly downloadUrl?: string;
  readonly log: (message: string) => void;
}

/**
 * The path of a Temporal CLI that was seen to run: the explicit path, PATH, our cache, the official download, a build
 * with Go, in this order. Says what it does where that takes time. The SDK's own downloader (@temporalio/testing) is not
 * taken: it waits long where the internet is closed, and is a second native package for one file.
 * Throws FernlakeError `Configuration` with all that was tried and what mends it.
 */
export async function findTemporalCli(options: TemporalCliOptions): Promise<string> {
  const { explicitPath, searchPath, cacheDir, log } = options;
  if (explicitPath !== undefined) {
    const fault = await faultOf(explicitPath);
    if (fault === undefined) return explicitPath;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `FERNLAKE_TEMPORAL_CLI is ${explicitPath}, which ${fault}. Name a Temporal CLI there, or unset it.`,
    );
  }
  const tried: string[] = [];
  const cached = path.join(cacheDir, `temporal-cli-${TEMPORAL_CLI_VERSION}`, 'temporal');
  for (const file of [...(await onPath('temporal', searchPath)), cached]) {
    const fault = await faultOf(file);
    if (fault === undefined) return file;
    tried.push(`${file} ${fault}`);
  }
  for (const get of [fromDownload, fromGo]) {
    try {
      return await makeTool({ file: cached, make: (dir) => get(dir, options), check: mustBeTheCli });
    } catch (error) {
      tried.push(messageOf(error));
      log(messageOf(error));
    }
  }
  throw new FernlakeError(
    'Configuration',
    'terminal',
    'There is no Temporal CLI on this machine, and none could be got:\n' +
      tried.map((line) => `  - ${line}\n`).join('') +
      'Install it (https://docs.temporal.io/cli) so that `temporal` is on PATH, or name it in FERNLAKE_TEMPORAL_CLI, ' +
      'or install Go 1.24 or newer, and start again.',
  );
}

/** `PATH` as a list. */
export function splitSearchPath(text: string | undefined): string[] {
  return (text ?? '').split(path.delimiter).filter((dir) => dir !== '');
}

async function fromDownload(dir: string, options: TemporalCliOptions): Promise<void> {
  await downloadTemporalCli({
    version: TEMPORAL_CLI_VERSION,
    dir,
    baseUrl: options.downloadUrl,
    log: options.log,
  });
}

async function fromGo(dir: string, { searchPath, log }: TemporalCliOptions): Promise<void> {
  const [go] = await onPath('go', searchPath);
  if (go === undefined) throw new Error('Go, which could build the Temporal CLI, is not on PATH');
  log(
    `Building the Temporal CLI ${TEMPORAL_CLI_VERSION} from its source with Go: once, 3 to 5 minutes on 2 cores.`,
  );
  await goInstall({ go, goPackage: GO_PACKAGE, binDir: dir, log });
}

async function mustBeTheCli(file: string): Promise<void> {
  const fault = await faultOf(file);
  if (fault !== undefined) throw new Error(`the Temporal CLI that was got ${fault}`);
}

/** undefined when it runs and is a Temporal CLI, otherwise the rest of a sentence. */
async function faultOf(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'is not executable';
  }
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    return /^temporal version /.test(stdout) ? undefined : 'is not the Temporal CLI (by its --version)';
  } catch (error) {
    return `does not run (${messageOf(error).split('\n')[0]})`;
  }
}
