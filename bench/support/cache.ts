import os from 'node:os';
import path from 'node:path';

/** Datasets and peers: gigabytes that take minutes to make, so they lie outside of the checkout and stay. */
export const cacheRoot = (): string =>
  process.env['FERNLAKE_BENCH_CACHE'] ?? path.join(os.homedir(), '.cache', 'fernlake', 'bench');
