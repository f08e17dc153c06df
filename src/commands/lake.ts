import type { Config } from '../config/config.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { stagingPrefix } from '../lake/keys.js';
import type { KeyRing } from '../dataset/fernet-keys.js';
import { noKeys } from '../dataset/fernet-keys.js';
import { loadSampleApi } from '../embedded/sample-api.js';
import { keyRingOf } from '../process/key-ring.js';
import { requireLake } from '../lake/presence.js';
import { openStorage } from '../storage/open.js';
import { formOf, inZone, type RecordForm } from '../dataset/form.js';
import { zoneOfLake } from '../lake/zone.js';
import type { Storage } from '../storage/port.js';

/**
 * The lake of the configuration, to be read: nothing in it can change. Throws `Configuration` that says why it cannot be used,
 * or that it is not there.
 */
export async function openLake(config: Config): Promise<Storage> {
  const storage = await opened(config, true);
  try {
    await requireLake(storage, config.dataset);
  } catch (error) {
    throw isFernlakeError(error, 'Configuration') ? error : lakeFault(error, config);
  }
  return storage;
}

/** The same to be written to; a folder is made where it is not. */
export const openLakeToWrite = (config: Config): Promise<Storage> => opened(config, false);

/** How the dataset's records become rows: by its ledgers and the settings. Throws `Configuration` where they differ. */
export const formOfLake = async (storage: Storage, config: Config): Promise<RecordForm> =>
  formOf(inZone(config.declaration, (await zoneOfLake(storage, config)).name));

async function opened(config: Config, readOnly: boolean): Promise<Storage> {
  try {
    return await openStorage(config.lake, { forcePathStyle: config.s3PathStyle, readOnly });
  } catch (error) {
    throw lakeFault(error, config);
  }
}

/** The keys of the configuration; where the sample API is meant, its published one; none where records come in the clear. */
export async function openKeyRing(config: Config): Promise<() => Promise<KeyRing>> {
  if (config.declaration.record.encryption === 'none') return () => Promise.resolve(noKeys());
  const published = config.sourceUrl === undefined ? (await loadSampleApi()).DEMO_KEY : undefined;
  return keyRingOf(config.keys, published);
}

/** The same for who can do a part without keys: a ring that opens nothing, where none is given. */
export async function openKeyRingIfAny(config: Config): Promise<KeyRing> {
  if (config.keys.kind === 'none' && config.sourceUrl !== undefined) return noKeys();
  return await (
    await openKeyRing(config)
  )();
}

/** Shows that the lake can be written to, by writing. Throws `Configuration` that says why not. */
export async function checkWritable(
  storage: Storage,
  config: Pick<Config, 'dataset' | 'lakeSetting'>,
): Promise<void> {
  const key = `${stagingPrefix(config.dataset, 'probe')}${process.pid}`;
  try {
    await storage.put(key, Buffer.from('probe'));
    await storage.delete([key]);
  } catch (error) {
    throw lakeFault(error, config);
  }
}

/** At the start of a command, what storage says is said of a setting; nothing is tried again then. */
function lakeFault(error: unknown, { lakeSetting }: Pick<Config, 'lakeSetting'>): unknown {
  if (!(error instanceof FernlakeError)) return error;
  const message = error.message.replace(/[;:] it is tried again$/, '');
  return new FernlakeError('Configuration', 'terminal', `${lakeSetting}: ${message}`, {
    details: error.details,
    cause: error,
  });
}
