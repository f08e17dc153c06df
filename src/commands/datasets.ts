import type { ActivityDeps } from '../activities/deps.js';
import { createHttpSource } from '../activities/fetch/http.js';
import type { Source } from '../activities/fetch/port.js';
import type { Config } from '../config/config.js';
import { CODE } from '../config/version.js';
import type { RecordForm } from '../dataset/form.js';
import { FernlakeError } from '../errors.js';
import type { Storage } from '../storage/port.js';
import { workerCatalog } from '../tables/glue/worker.js';
import { parquetWriter } from '../tables/parquet/writer.js';
import { formToWrite, openKeyRing } from './lake.js';

/** A dataset that a worker serves. */
export interface ServedDataset {
  readonly config: Config;
  readonly form: RecordForm;
  readonly deps: ActivityDeps;
}

/**
 * What the activities of each dataset work through. `sample`: asked in place of a source that is not declared. `tell` hears what has
 * changed in a declaration since its lake was last written to; a change that old rows do not bear is thrown as `Configuration`.
 */
export async function openDatasets(
  configs: readonly Config[],
  storage: Storage,
  { sample, tell }: { readonly sample?: Source | undefined; readonly tell: (line: string) => void },
): Promise<readonly ServedDataset[]> {
  return await Promise.all(
    configs.map(async (config) => {
      const form = await formToWrite(storage, config, tell);
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

/** Finds the ports of a dataset. Throws `Configuration` for one that is not served: the next attempt may come to a worker that does. */
export const depsOfDatasets =
  (served: readonly ServedDataset[]) =>
  (dataset: string): ActivityDeps => {
    const found = served.find(({ config }) => config.dataset === dataset);
    if (found) return found.deps;
    const names = served.map(({ config }) => config.dataset).join(', ');
    throw new FernlakeError(
      'Configuration',
      'transient',
      `this worker serves ${names}, not the dataset ${dataset}: declare it in the worker's fernlake.yaml and start it again, ` +
        `or end what is left of it (npx fernlake schedule delete --dataset ${dataset})`,
      { details: { dataset } },
    );
  };
