const FORM = /^[a-z][a-z0-9_]{0,62}$/;

/** A dataset's name is the first folder of its table, so it must not be one of the lake's own. */
const LAKE_FOLDERS = new Set(['raw', 'ledger', 'quarantine', 'segments', 'staging', 'parquet']);

/** Why the text cannot name a dataset, to be put behind its name; undefined where it can. */
export function faultOfDatasetName(text: string): string | undefined {
  if (!FORM.test(text))
    return 'must be a small letter, then small letters, digits or _ (engines make it a table name)';
  return LAKE_FOLDERS.has(text) ? `must not be ${text}: the lake has a folder of that name` : undefined;
}
