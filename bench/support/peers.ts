import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from './cache.js';
import { ROOT, run } from './process.js';

/** A peer that cannot be had here: the bench says so and goes on with the others. */
export class PeerMissing extends Error {
  override readonly name = 'PeerMissing';
}

export const PYTHON_PEERS = join('bench', 'peers', 'python');
function join(...parts: string[]): string {
  return path.join(ROOT, ...parts);
}

/** Python packages in a virtual environment of their own; the path of its folder of programs. */
export async function pythonPeer(
  name: string,
  packages: readonly string[],
  say: (text: string) => void,
): Promise<string> {
  const dir = path.join(
    cacheRoot(),
    'peers',
    `py-${[name, ...packages].join('+').replace(/[^\w.+-]/g, '_')}`,
  );
  await once(dir, say, `installing ${packages.join(', ')} from PyPI`, async () => {
    await run('python3', ['-m', 'venv', dir]);
    await run(path.join(dir, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...packages,
    ]);
  });
  return path.join(dir, 'bin');
}

/** A Go program of bench/peers/go with its pinned modules; the path of its binary. */
export async function goPeer(
  name: string,
  modules: readonly string[],
  say: (text: string) => void,
): Promise<string> {
  const source = join('bench', 'peers', 'go', name);
  const dir = path.join(cacheRoot(), 'peers', `go-${[name, ...modules].join('+').replace(/[^\w.+-]/g, '_')}`);
  const file = path.join(dir, name);
  await once(dir, say, `building ${modules.join(', ')} with Go`, async () => {
    const work = path.join(dir, 'src');
    mkdirSync(work, { recursive: true });
    await run('cp', [path.join(source, 'main.go'), work]);
    const go = async (...args: string[]) =>
      await run('go', args, { cwd: work, env: { GOFLAGS: '-buildvcs=false' } });
    await go('mod', 'init', 'peer');
    for (const module of modules) await go('get', module);
    await go('build', '-o', file, '.');
  });
  return file;
}

/** A program of a crate; the path of its binary. */
export async function cargoPeer(
  crate: string,
  version: string,
  options: { readonly bin: string; readonly args: readonly string[] },
  say: (text: string) => void,
): Promise<string> {
  const dir = path.join(cacheRoot(), 'peers', `cargo-${crate}-${version}`);
  await once(dir, say, `building ${crate} ${version} with Cargo (minutes)`, async () => {
    await run('cargo', ['install', crate, '--version', version, '--locked', '--root', dir, ...options.args]);
  });
  return path.join(dir, 'bin', options.bin);
}

async function once(
  dir: string,
  say: (text: string) => void,
  what: string,
  make: () => Promise<void>,
): Promise<void> {
  const done = path.join(dir, 'installed');
  if (existsSync(done)) return;
  say(`${what}, once`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  try {
    await make();
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw new PeerMissing(`${what} failed: ${(error as Error).message.split('\n').slice(-3).join(' ')}`);
  }
  writeFileSync(done, '');
}
