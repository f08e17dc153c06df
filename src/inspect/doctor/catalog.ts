import { openGlue } from '../../tables/glue/glue.js';
import { formOf } from '../../dataset/form.js';
import type { Config } from '../../config/config.js';
import { attempt, type Check, ok } from './check.js';

type Settings = Pick<Config, 'glueDatabase' | 'dataset' | 'lake' | 'formats' | 'declaration'>;

/** Whether the tables that each seal tells of its hour are there, are of this lake, and ask for registered hours. */
export async function checkCatalog({
  glueDatabase,
  lake,
  declaration,
  ...place
}: Settings): Promise<Check[]> {
  if (glueDatabase === undefined) return [];
  const check = await attempt('Glue', async () => {
    const glue = await openGlue({
      ...place,
      form: formOf(declaration),
      database: glueDatabase,
      location: lake,
    });
    await glue.check();
    return ok('Glue', `every sealed hour is registered in ${glueDatabase}`);
  });
  return [check];
}
