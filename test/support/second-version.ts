import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '..', '..', '..');

/** Another release of fernlake beside this one: `bin/fernlake` in a folder of its own. */
export interface Installation {
  readonly dir: string;
  readonly bin: string;
  /** Its workflows, bundled. */
  readonly bundle: string;
  remove(): void;
}

/**
 * This release with another version number and with its sealing workflow changed: each pair is a text of the compiled
 * module, which must be there once, and what stands in its place.
 */
export async function secondVersion(
  version: string,
  changes: readonly (readonly [text: string, instead: string])[],
): Promise<Installation> {
  const dir = mkdtempSync(path.join(os.tmpdir(), `fernlake-${version}-`));
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  for (const part of ['bin', 'dist/src']) cpSync(path.join(root, part), at(part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), at('node_modules'));
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as object;
  writeFileSync(at('package.json'), JSON.stringify({ ...manifest, version }));
  const module = at('dist', 'src', 'workflows', 'seal-hour.js');
  let code = readFileSync(module, 'utf8');
  for (const [text, instead] of changes) {
    assert.equal(code.split(text).length, 2, `${text} is not in seal-hour.js once`);
    code = code.replace(text, () => instead);
  }
  writeFileSync(module, code);
  await promisify(execFile)(process.execPath, [at('dist', 'src', 'process', 'bundle-workflows.js')]);
  return {
    dir,
    bin: at('bin', 'fernlake'),
    bundle: at('dist', 'src', 'process', 'workflow-bundle.js'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const WAIT = 'const known = nudges;';
const SWEEP =
  "await sweep({ dataset, staging: stagingPrefix(dataset, 'other'), olderThanMs: SCRATCH_LIFE_MS });";

/** Sweeps before it waits: an hour that is open already has begun to wait at that point of its history. */
export const CARELESS = [[WAIT, `${WAIT} ${SWEEP}`]] as const;
/** The same change, but only for hours whose history does not say otherwise. */
export const CAREFUL = [
  ['import { condition,', 'import { patched, condition,'],
  [WAIT, `${WAIT} if (patched('sweep-first')) ${SWEEP}`],
] as const;
