import type { ActivityDeps } from '../activities/deps.js';
import { createHttpSource } from '../activities/fetch/http.js';
import type { Source } from '../activities/fetch/port.js';
import type { Config } from '../config/config.js';
import { CODE } from '../config/version.js';
import type { RecordForm } from '../dataset/form.js';
import type { Storage } from '../storage/port.js';
import { workerCatalog } from '../tables/glue/worker.js';
import { parquetWriter } from '../tables/parquet/writer.js';
import { formsToWrite, openKeyRing } from './lake.js';

/** A dataset that a worker serves. */
export interface ServedDataset {
  readonly config: Config;
  readonly form: RecordForm;
  readonly deps: ActivityDeps;
}

/**
 * Opens the ports of each dataset. `sample`: asked in place of a source that is not declared. `tell` hears
 * what has changed in a declaration since its lake was last written to; throws `Configuration` for a change
 * that landed rows cannot bear.
 */
export async function openDatasets(
  configs: readonly Config[],
  storage: Storage,
  { sample, tell }: { readonly sample?: Source | undefined; readonly tell: (line: string) => void },
): Promise<readonly ServedDataset[]> {
  const forms = await formsToWrite(storage, configs, tell);
  return await Promise.all(
    configs.map(async (config, i) => {
      const form = forms[i]!;
      const deps = {
        storage,
        source: sample ?? createHttpSource({ url: config.sourceUrl ?? '', ...config.source }, form.answers),
        keyRing: await openKeyRing(config),
        form,
        code: CODE,
        ...(await parquetWriter(config, form)),
        ...(await workerCatalog(config, form)),
      };
      return { config, form, deps };
    }),
  );
}

/** The ports of each, by its name. */
export const portsOf = (served: readonly ServedDataset[]): ReadonlyMap<string, ActivityDeps> =>
  new Map(served.map(({ config, deps }) => [config.dataset, deps]));
