import { openGlue } from '../../tables/glue/glue.js';
import type { Config } from '../../config/config.js';
import { attempt, type Check, ok } from './check.js';

type Settings = Pick<Config, 'glueDatabase' | 'dataset' | 'lake' | 'formats' | 'fields'>;

/** Whether the tables that each seal tells of its hour are there, are of this lake, and ask for registered hours. */
export async function checkCatalog({ glueDatabase, lake, ...place }: Settings): Promise<Check[]> {
  if (glueDatabase === undefined) return [];
  const check = await attempt('Glue', async () => {
    const glue = await openGlue({ ...place, database: glueDatabase, location: lake });
    await glue.check();
    return ok('Glue', `every sealed hour is registered in ${glueDatabase}`);
  });
  return [check];
}
