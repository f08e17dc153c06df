import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Choice, Config } from '../config/config.js';
import { formOf, type RecordForm } from '../dataset/form.js';
import { hourOfPartition } from '../dataset/hour.js';
import { LakeForms } from '../lake/definitions.js';
import { LAKE_KEY } from '../lake/identity.js';
import { openStorage } from '../storage/open.js';
import type { Storage } from '../storage/port.js';
import { openLake } from './lake.js';

/**
 * What the rows of a landed file mean: by the ledger of its hour, in the lake that it lies in or that --lake names; as declared, where
 * there is neither. Throws `LakeCorrupt` where the definition that the ledger names cannot be read.
 */
export async function formOfFile(file: string, config: Config, choice: Choice): Promise<RecordForm> {
  const declared = formOf(config.declaration);
  const found =
    choice.lake === undefined
      ? await lakeAround(path.resolve(file))
      : { storage: await openLake(config), dataset: config.dataset };
  if (!found) return declared;
  const forms = new LakeForms(found.storage, found.dataset, declared);
  const hour = hourOfPartition(path.resolve(file));
  return (hour && (await forms.ofHour(hour))) ?? (await forms.newest(Date.now())) ?? declared;
}

/** The lake is the nearest folder above that says so; the file's dataset is the folder of it that the file is under. */
async function lakeAround(file: string): Promise<{ storage: Storage; dataset: string } | undefined> {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (!existsSync(path.join(folder, LAKE_KEY))) continue;
    const storage = await openStorage(pathToFileURL(folder).href, { readOnly: true });
    return { storage, dataset: path.relative(folder, file).split(path.sep)[0] ?? '' };
  }
  return undefined;
}
