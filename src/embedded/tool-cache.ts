import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a cached tool must be. */
export interface CachedTool {
  /** The whole path, `<cache>/<name and version>/<binary>`: another version never takes its place. */
  readonly file: string;
  /** Makes the binary, under the file's own name, in this empty folder. */
  readonly make: (dir: string) => Promise<void>;
  /** Throws when the file that was made is not what it should be. */
  readonly check: (file: string) => Promise<void>;
}

/** Makes it in a folder of its own beside the cached file and renames: whoever looks sees the whole file or none. */
export async function makeTool({ file, make, check }: CachedTool): Promise<string> {
  const cacheDir = path.dirname(path.dirname(file));
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(path.join(cacheDir, `.${path.basename(file)}-`));
  try {
    await make(dir);
    const made = path.join(dir, path.basename(file));
    await check(made);
    await mkdir(path.dirname(file), { recursive: true });
    await rename(made, file);
    return file;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Every executable of this name in these folders, in their order. */
export async function onPath(name: string, searchPath: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const dir of searchPath) {
    const file = path.join(dir, name);
    if (await isExecutable(file)) found.push(file);
  }
  return found;
}

export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
