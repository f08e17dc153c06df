import { FernlakeError } from '../../errors.js';
import { parquetKey, tableKey } from '../../lake/keys.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';
import type { Hour } from '../../dataset/hour.js';

export interface RegisterInput {
  readonly dataset: string;
  readonly hour: Hour;
}

export interface RegisterResult {
  /** Forms of the hour that the catalogue did not know yet. */
  readonly registered: readonly ('ndjson' | 'parquet')[];
}

/** Tells the catalogue of a sealed hour, where the worker has one. */
export type Register = (input: RegisterInput) => Promise<RegisterResult>;

/**
 * Registers whatever forms lie in the lake, so that a run which only tidies up also registers what an earlier
 * one could not.
 */
export const createRegister =
  ({ storage, catalog }: ActivityDeps): Register =>
  async ({ dataset, hour }) => {
    const pulse = currentPulse();
    if (!catalog) {
      throw new FernlakeError(
        'Configuration',
        'transient',
        `the seal of ${hour} registers the hour in Glue, and this worker has no FERNLAKE_GLUE_DATABASE: all workers must have the same one`,
        { details: { hour } },
      );
    }
    const registered: ('ndjson' | 'parquet')[] = [];
    for (const format of catalog.formats) {
      pulse.beat();
      const key = format === 'ndjson' ? tableKey(dataset, hour) : parquetKey(dataset, hour);
      if ((await storage.head(key)) && (await pulse.during(catalog.register(format, hour))))
        registered.push(format);
    }
    return { registered };
  };
