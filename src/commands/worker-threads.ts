import type { Config } from '../config/config.js';
import type { RecordForm } from '../dataset/form.js';
import { createThreads, type Threads } from '../process/threads/threads.js';
import { CODE } from '../config/version.js';

/** Threads that work on the lake of the configuration. None is begun before there is work for it. */
export const openThreads = (config: Config, { declaration }: RecordForm): Threads =>
  createThreads({
    lake: config.lake,
    s3PathStyle: config.s3PathStyle,
    declaration,
    parquet: config.formats.includes('parquet'),
    code: CODE,
  });
