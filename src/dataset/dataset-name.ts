const FORM = /^[a-z][a-z0-9_]{0,62}$/;

/** A dataset's name is the first folder of its table, so it must not be one of the lake's own. */
const LAKE_FOLDERS = new Set([
  ...['raw', 'ledger', 'quarantine', 'segments', 'staging'],
  ...['definition', 'parquet', 'iceberg'],
]);

/** What stands behind the name of a dataset in those of its further tables. */
const TABLE_ENDINGS = ['_raw', '_readable', '_parquet', '_iceberg', '_live'];

/** Why the text cannot name a dataset, to be put behind its name; undefined where it can. */
export function faultOfDatasetName(text: string): string | undefined {
  if (!FORM.test(text))
    return 'must be a small letter, then small letters, digits or _ (engines make it a table name)';
  return LAKE_FOLDERS.has(text) ? `must not be ${text}: the lake has a folder of that name` : undefined;
}

/** Of datasets in one file: why this one cannot have its name beside the others. */
export function faultBesides(name: string, others: readonly string[]): string | undefined {
  const twin = others.find((other) => TABLE_ENDINGS.some((ending) => name === `${other}${ending}`));
  return twin && `must not be ${name} beside the dataset ${twin}, which has a table of that name`;
}
