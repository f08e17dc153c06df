import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/config.js';
import { STATE_FOLDER } from '../../config/up-state.js';
import { type Check, ok, warning } from './check.js';

/** What nobody but its owner should read, or change. */
interface Guarded {
  readonly name: string;
  readonly path: string;
  /** Bits of the mode that should not be set. */
  readonly bits: number;
  readonly others: string;
}

const GROUP_AND_OTHERS = 0o077;
const OTHERS = 0o007;
const WRITING = 0o022;
const NAME = 'files';

/**
 * Whether only their owner may read the settings, the keys, the lake and the state of `up`: by their own modes, whatever the folders
 * above let through. Links are followed. What is not there is not looked at.
 */
export function checkFiles({
  keys,
  lake,
  source,
  secretFiles,
}: Pick<Config, 'keys' | 'lake' | 'source' | 'secretFiles'>): Check[] {
  const readers = { bits: GROUP_AND_OTHERS, others: 'others may read it' };
  const all: Guarded[] = [
    { name: '.env', path: '.env', ...readers },
    { name: STATE_FOLDER, path: STATE_FOLDER, bits: GROUP_AND_OTHERS, others: 'others may look into it' },
  ];
  for (const file of secretFiles) all.push({ name: 'secret', path: file, ...readers });
  if (keys.kind === 'file') all.push({ name: 'key file', path: keys.path, ...readers });
  if (lake.startsWith('file:')) {
    const others = 'others may look into it: its archive and its records';
    all.push({ name: 'lake: folder', path: fileURLToPath(lake), bits: OTHERS, others });
  }
  for (const file of source.caFiles ?? []) all.push({ name: 'CA file', path: file, ...rightsOf(file) });
  if (source.certificate) all.push({ name: 'client key', path: source.certificate.keyFile, ...readers });
  const there = all.flatMap((each) => {
    const found = look(each.path);
    return found ? [{ ...each, ...found }] : [];
  });
  const open = there.filter(({ mode, bits }) => (mode & bits) !== 0);
  if (there.length === 0) return [];
  if (open.length > 0) return open.map(warningOf);
  return [ok(NAME, `only their owner may read or change ${there.map(({ name }) => name).join(', ')}`)];
}

/** A certificate is for everybody to read, and a key is not; who may change it may be the source. */
function rightsOf(file: string): Pick<Guarded, 'bits' | 'others'> {
  if (holdsKey(file))
    return { bits: GROUP_AND_OTHERS, others: 'others may read it, and a private key is in it' };
  return { bits: WRITING, others: 'others may change it, and with it whom fernlake trusts' };
}

function holdsKey(file: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes('PRIVATE KEY-----');
  } catch {
    return false;
  }
}

/** Of what a link leads to. */
function look(file: string): { readonly mode: number; readonly real: string } | undefined {
  try {
    return { mode: statSync(file).mode & 0o777, real: realpathSync(file) };
  } catch {
    return undefined;
  }
}

function warningOf({
  name,
  path: file,
  real,
  mode,
  bits,
  others,
}: Guarded & { readonly mode: number; readonly real: string }): Check {
  const link = real === path.join(realpathSync(path.dirname(file)), path.basename(file)) ? '' : ` (${real})`;
  const closed = (mode & ~bits).toString(8).padStart(3, '0');
  return warning(
    name,
    `${file}${link} has mode ${mode.toString(8).padStart(3, '0')}: ${others}`,
    `chmod ${closed} ${quoted(file)}`,
  );
}

/** For a shell. */
const quoted = (file: string): string =>
  /^[\w./@:+-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
