import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = manifest.version;

/** Which form of row the code writes; goes up when the same record would land as other bytes. */
const ROW_FORM = 1;

/** For the ledger's `code`: hours with the same one were computed alike. */
export const CODE = `fernlake ${VERSION} row ${ROW_FORM}`;
