import type { Fault, Path } from './place.js';

/** Variables that say what the file can say, and where it does; below a dataset but for those of the whole file. */
const OF_FILE = { FERNLAKE_LAKE: ['lake'], FERNLAKE_DATASET: ['datasets'] } as const;
const OF_DATASET = {
  FERNLAKE_SOURCE_URL: ['source', 'url'],
  FERNLAKE_CACHE_BUSTER: ['source', 'cache_buster'],
  FERNLAKE_SOURCE_CA_FILE: ['source', 'ca_file'],
  FERNLAKE_CONTIGUOUS_IDS: ['source', 'contiguous'],
  FERNET_KEYS: ['record', 'keys'],
  FERNET_KEYS_FILE: ['record', 'keys_file'],
  FERNLAKE_ZONE: ['record', 'event_time', 'zone'],
  FERNLAKE_FIELDS: ['record', 'columns'],
  FERNLAKE_URLS: ['record', 'columns'],
  FERNLAKE_SLOT: ['poll', 'slot'],
  FERNLAKE_POLL_MIN: ['poll', 'min'],
  FERNLAKE_POLL_MAX: ['poll', 'max'],
  FERNLAKE_LATENESS: ['seal', 'lateness'],
  FERNLAKE_IDLE: ['seal', 'idle'],
  FERNLAKE_FORMATS: ['formats'],
} as const;

export type Variable = keyof typeof OF_FILE | keyof typeof OF_DATASET;

/** Below the dataset, or from the top where it is of the whole file. */
export const placeInFile = (variable: Variable): Path => ({ ...OF_FILE, ...OF_DATASET })[variable];

/**
 * With a file, datasets are described there alone: a variable beside it would be ignored, or mean another
 * dataset than somebody thinks. `used` are the variables that the file refers to.
 */
export function faultsOfVariables(
  env: Readonly<Record<string, string | undefined>>,
  used: ReadonlySet<string>,
  datasets: readonly string[],
  has: (path: Path) => boolean,
): Fault[] {
  const faults: Fault[] = [];
  const isSet = (name: string): boolean => Boolean(env[name]?.trim()) && !used.has(name);
  for (const [name, path] of Object.entries(OF_FILE))
    if (isSet(name)) faults.push(faultOf(name, path, has(path)));
  const [first = ''] = datasets;
  for (const [name, below] of Object.entries(OF_DATASET)) {
    if (!isSet(name)) continue;
    const stated = datasets.map((dataset) => ['datasets', dataset, ...below]).find(has);
    faults.push(faultOf(name, stated ?? ['datasets', first, ...below], stated !== undefined));
  }
  return faults;
}

const faultOf = (name: string, path: Path, isThere: boolean): Fault => ({
  path,
  at: 'name',
  message: isThere
    ? `is said by the variable ${name}, too: unset it, or write \${${name}} here`
    : `is where what the variable ${name} says belongs: write it here, and unset it`,
});
