import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../src/errors.js';
import { goInstall } from '../../src/embedded/go-install.js';
import { splitSearchPath } from './search-path.js';
import { isExecutable, makeTool, onPath } from '../../src/embedded/tool-cache.js';
import { testCacheDir } from './versitygw.js';

/** That of the images in docker-compose.temporal.yml. */
export const TEMPORAL_SERVER_VERSION = '1.31.0';

/** The two programs of a Temporal service; in the images they are `temporal-server` and `temporal-sql-tool`. */
export interface TemporalBuild {
  readonly server: string;
  readonly sqlTool: string;
}

let found: Promise<TemporalBuild | undefined> | undefined;

/**
 * The Temporal server and its schema tool, from our cache or built with Go; `npm test` gets them before mocha starts
 * (prepare.ts), a single test on its own. undefined where that cannot be: then the test says so and is skipped.
 */
export function temporalBuild(): Promise<TemporalBuild | undefined> {
  found ??= find().catch((error: unknown) => {
    console.warn(messageOf(error));
    return undefined;
  });
  return found;
}

async function find(): Promise<TemporalBuild | undefined> {
  const [go] = await onPath('go', splitSearchPath(process.env['PATH']));
  const server = await build('server', 'cmd/server', go, '4 to 9 minutes on 2 cores');
  const sqlTool = server && (await build('sql', 'cmd/tools/sql', go, 'a minute at most'));
  return server === undefined || sqlTool === undefined ? undefined : { server, sqlTool };
}

/** `name` is what Go calls the program: the last part of its path in the module. */
async function build(
  name: string,
  pathInModule: string,
  go: string | undefined,
  duration: string,
): Promise<string | undefined> {
  const file = path.join(testCacheDir(), `temporal-server-v${TEMPORAL_SERVER_VERSION}`, name);
  if (await isExecutable(file)) return file;
  if (go === undefined) return undefined;
  const goPackage = `go.temporal.io/server/${pathInModule}@v${TEMPORAL_SERVER_VERSION}`;
  console.log(`Building ${goPackage} from its source with Go: once, ${duration}.`);
  return await makeTool({
    file,
    make: (binDir) => goInstall({ go, goPackage, binDir, log: console.log }),
    check: async (made) => {
      const { stdout } = await promisify(execFile)(made, ['--version'], { timeout: 60_000 });
      if (!stdout.includes(`version ${TEMPORAL_SERVER_VERSION}`))
        throw new Error(`${made} is not Temporal's ${name} ${TEMPORAL_SERVER_VERSION} (by its --version)`);
    },
  });
}
