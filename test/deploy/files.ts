import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, seen from dist/test/deploy/. */
export const repoRoot = fileURLToPath(new URL('../../../', import.meta.url));

export const repoFile = (name: string): string => path.join(repoRoot, name);

export const readRepoFile = (name: string): string => readFileSync(repoFile(name), 'utf8');
