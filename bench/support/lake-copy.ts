import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from './cache.js';

/** An empty folder beside the datasets, so that files can be linked into it. */
export function scratchDir(name: string): { readonly dir: string; readonly remove: () => void } {
  const parent = path.join(cacheRoot(), 'scratch');
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(path.join(parent, `${name}-`));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The same files in another folder: as links where that can be, since a lake never changes a file in place. */
export function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else {
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
    }
  }
}
