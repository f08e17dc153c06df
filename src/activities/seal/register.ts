import { FernlakeError } from '../../errors.js';
import { parquetKey, tableKey } from '../../lake/keys.js';
import type { Activities } from '../contract.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';

/** The lake says what there is to tell of, so that a run which only tidies up mends what an earlier one could not tell. */
export const createRegister =
  ({ storage, catalog }: ActivityDeps): Activities['register'] =>
  async ({ dataset, hour }) => {
    const pulse = currentPulse();
    if (!catalog) {
      throw new FernlakeError(
        'Configuration',
        'transient',
        `the seal of ${hour} is told to a catalogue and this worker knows none: all workers must have the same FERNLAKE_GLUE_DATABASE`,
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
