import type { Config } from '../config/config.js';
import type { RecordForm } from '../dataset/form.js';
import { createThreads, type Threads } from '../process/threads/threads.js';
import { CODE } from '../config/version.js';

/** Threads that work on the lake of these datasets. None is begun before there is work for it. */
export const openThreads = (
  { lake, s3PathStyle }: Pick<Config, 'lake' | 's3PathStyle'>,
  datasets: readonly { readonly config: Config; readonly form: RecordForm }[],
): Threads =>
  createThreads({
    lake,
    s3PathStyle,
    datasets: Object.fromEntries(
      datasets.map(({ config: { dataset, formats }, form: { declaration } }) => [
        dataset,
        { declaration, parquet: formats.includes('parquet') },
      ]),
    ),
    code: CODE,
  });
