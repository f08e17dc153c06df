import type { DatasetConfig } from './dataset.js';
import { placeInFile, type Variable } from './file/conflicts.js';
import { dotted } from './file/place.js';

/** What of a configuration says where its settings stand. */
export interface Origin {
  /** fernlake.yaml, where it describes the datasets. */
  readonly file: string | undefined;
  readonly dataset: string;
  /** `lake in fernlake.yaml`, `--lake` or `FERNLAKE_LAKE`. */
  readonly lakeSetting: string;
}

/** Where a setting is given, for a message: a variable, or a name of the file where there is one. */
export function spelled(variable: Variable, { file, dataset, lakeSetting }: Origin): string {
  if (variable === 'FERNLAKE_LAKE') return lakeSetting;
  if (file === undefined) return variable;
  if (variable === 'FERNLAKE_DATASET') return `its name below datasets in ${file}`;
  return `${dotted(['datasets', dataset, ...placeInFile(variable)])} in ${file}`;
}

/** Where the keys are given, or are to be. */
export const spelledKeys = (origin: Origin & Pick<DatasetConfig, 'keys'>): string =>
  spelled(origin.keys.kind === 'file' ? 'FERNET_KEYS_FILE' : 'FERNET_KEYS', origin);
