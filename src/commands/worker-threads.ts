import type { Config } from '../config/config.js';
import type { Zone } from '../dataset/zone.js';
import { createThreads, type Threads } from '../process/threads/threads.js';
import { CODE } from '../config/version.js';

/** Threads that work on the lake of the configuration. None is begun before there is work for it. */
export const openThreads = (config: Config, zone: Zone): Threads =>
  createThreads({
    lake: config.lake,
    s3PathStyle: config.s3PathStyle,
    urls: config.urls.urls.slice(1),
    zone: zone.name,
    fields: config.fields,
    parquet: config.formats.includes('parquet'),
    code: CODE,
  });
