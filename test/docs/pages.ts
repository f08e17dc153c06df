import { readdirSync } from 'node:fs';
import path from 'node:path';
import { repoFile } from '../deploy/files.js';

const markdownIn = (folder: string): string[] =>
  readdirSync(repoFile(folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join(folder, name))
    .sort();

/** Every page of this repository, as a path from its root; not what `npm run bench` writes. */
export const PAGES: readonly string[] = [
  ...markdownIn('.').filter((name) => name !== 'CHANGELOG.md'),
  ...['deploy', 'docs', 'docs/how-to', 'docs/reference', 'docs/decisions'].flatMap(markdownIn),
  ...readdirSync(repoFile('src')).flatMap((name) => (name.includes('.') ? [] : markdownIn(`src/${name}`))),
];
