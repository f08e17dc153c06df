import { execFile } from 'node:child_process';
import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { splitSearchPath } from '../../support/search-path.js';
import { isExecutable, makeTool, onPath } from '../../../src/embedded/tool-cache.js';
import { testCacheDir } from '../../support/versitygw.js';

const run = promisify(execFile);
let found: Promise<string | undefined> | undefined;

/**
 * Prometheus' promtool: from PATH, our cache, or Debian's package `prometheus`, unpacked and not installed. It cannot be
 * had by `go install`, as the module has exclude directives. undefined where there is none: then its tests say so and are
 * skipped.
 */
export function promtool(): Promise<string | undefined> {
  found ??= find();
  return found;
}

async function find(): Promise<string | undefined> {
  const searchPath = splitSearchPath(process.env['PATH']);
  const [installed] = await onPath('promtool', searchPath);
  if (installed !== undefined) return installed;
  const file = path.join(testCacheDir(), 'promtool-debian', 'promtool');
  if (await isExecutable(file)) return file;
  const [apt] = await onPath('apt-get', searchPath);
  if (apt === undefined) return undefined;
  console.log('Getting promtool from the Debian package prometheus: once, 19 MB.');
  try {
    return await makeTool({
      file,
      make: unpack,
      check: async (made) => void (await run(made, ['--version'])),
    });
  } catch (error) {
    console.warn(`promtool cannot be had: ${(error as Error).message.split('\n', 1)[0]}`);
    return undefined;
  }
}

async function unpack(dir: string): Promise<void> {
  const download = () => run('apt-get', ['download', 'prometheus'], { cwd: dir, timeout: 120_000 });
  // A new machine has no package lists yet; only root may get them.
  await download().catch(async () => {
    await run('apt-get', ['update'], { timeout: 120_000 });
    await download();
  });
  const deb = readdirSync(dir).find((name) => name.endsWith('.deb'));
  await run('dpkg-deb', ['-x', path.join(dir, deb ?? ''), dir]);
  renameSync(path.join(dir, 'usr', 'bin', 'promtool'), path.join(dir, 'promtool'));
}
