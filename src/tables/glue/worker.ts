import type { Config } from '../../config/config.js';
import { FernlakeError } from '../../errors.js';
import type { RecordForm } from '../../dataset/form.js';
import { openGlue } from './glue.js';
import type { Catalog } from './port.js';

/**
 * The catalogue that a worker tells of sealed hours; nothing where FERNLAKE_GLUE_DATABASE is not set, and then the client is
 * never loaded. Throws `Configuration` where it would not serve: at the start, not at the first seal. A Glue that is busy keeps
 * no worker from polling; the seals try again.
 */
export async function workerCatalog(
  config: Pick<Config, 'glueDatabase' | 'dataset' | 'lake' | 'formats'>,
  form: RecordForm,
): Promise<{ catalog?: Catalog }> {
  const { glueDatabase, dataset, lake, formats } = config;
  if (glueDatabase === undefined) return {};
  const catalog = await openGlue({ database: glueDatabase, dataset, location: lake, formats, form });
  try {
    await catalog.check();
  } catch (error) {
    if (!(error instanceof FernlakeError)) throw error;
    if (error.kind === 'terminal')
      throw new FernlakeError('Configuration', 'terminal', error.message, {
        details: error.details,
        cause: error,
      });
  }
  return { catalog };
}
