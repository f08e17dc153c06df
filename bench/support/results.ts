import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from './cache.js';
import type { StoredResult } from './bench.js';

/** Where results and pages go. */
export interface ResultsDir {
  readonly json: string;
  /** RESULTS.md */
  readonly page: string;
  readonly images: string;
}

export function resultsDir(given: { root: string; quick: boolean; out?: string }): ResultsDir {
  const apart = given.out ?? (given.quick ? path.join(cacheRoot(), 'quick') : undefined);
  if (apart !== undefined)
    return { json: path.join(apart, 'results'), page: path.join(apart, 'RESULTS.md'), images: apart };
  return {
    json: path.join(given.root, 'bench', 'results'),
    page: path.join(given.root, 'bench', 'RESULTS.md'),
    images: path.join(given.root, 'docs', 'images'),
  };
}

export function storeResult({ json }: ResultsDir, result: StoredResult): void {
  mkdirSync(json, { recursive: true });
  writeFileSync(path.join(json, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** The bench's last result; undefined when there is none. */
export function loadResult({ json }: ResultsDir, name: string): StoredResult | undefined {
  try {
    return JSON.parse(readFileSync(path.join(json, `${name}.json`), 'utf8')) as StoredResult;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
