import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { goInstall } from '../../src/embedded/go-install.js';
import { splitSearchPath } from './search-path.js';
import { isExecutable, makeTool, onPath } from '../../src/embedded/tool-cache.js';

/** docs/decisions/0006 says why this server, and where it differs from AWS. */
const VERSION = 'v1.8.0';
const GO_PACKAGE = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;

let found: Promise<string | undefined> | undefined;

/**
 * The S3 server of the tests, from our cache or built with Go; `npm test` gets it before mocha starts (prepare.ts), a
 * single test on its own. undefined where there is no Go: then the tests that need it say so and are skipped.
 */
export function versitygw(): Promise<string | undefined> {
  found ??= find();
  return found;
}

/** Where what was built is kept, outside the repository. */
export function testCacheDir(): string {
  return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'fernlake');
}

async function find(): Promise<string | undefined> {
  const file = path.join(testCacheDir(), `versitygw-${VERSION}`, 'versitygw');
  if (await isExecutable(file)) return file;
  const [go] = await onPath('go', splitSearchPath(process.env['PATH']));
  if (go === undefined) return undefined;
  console.log(`Building the S3 server versitygw ${VERSION} from its source with Go: once, 1 to 3 minutes.`);
  return await makeTool({
    file,
    make: (binDir) => goInstall({ go, goPackage: GO_PACKAGE, binDir, log: console.log }),
    // A `go install` leaves no version in it; that it runs is what can be seen.
    check: async (made) => {
      const { stdout } = await promisify(execFile)(made, ['--version'], { timeout: 60_000 });
      if (!stdout.startsWith('Version')) throw new Error(`${made} is not versitygw (by its --version)`);
    },
  });
}
