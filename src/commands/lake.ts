import type { Config } from '../config/config.js';
import { FernlakeError, isFernlakeError, messageOf } from '../errors.js';
import { stagingPrefix } from '../lake/keys.js';
import type { KeyRing } from '../dataset/fernet-keys.js';
import { noKeys } from '../dataset/fernet-keys.js';
import { loadSampleApi } from '../embedded/sample-api.js';
import { keyRingOf } from '../process/key-ring.js';
import { requireLake } from '../lake/presence.js';
import { complain } from './output.js';
import { openStorage } from '../storage/open.js';
import { changesBetween, withAdded } from '../dataset/changes.js';
import { formOf, type RecordForm } from '../dataset/form.js';
import type { Hour } from '../dataset/hour.js';
import { LakeForms } from '../lake/definitions.js';
import type { Ledger } from '../lake/ledger.js';
import type { Storage } from '../storage/port.js';

/**
 * The lake of the configuration, to be read: nothing in it can change. Throws `Configuration` that says why it cannot be used,
 * or that it is not there.
 */
export async function openLake(config: Config): Promise<Storage> {
  const storage = await opened(config, true);
  try {
    await requireLake(storage, config);
  } catch (error) {
    throw isFernlakeError(error, 'Configuration') ? error : lakeFault(error, config);
  }
  return storage;
}

/** Of several datasets, one that has nothing in the lake yet is passed over with a word, unless none has. */
export async function openLakes(
  configs: readonly Config[],
): Promise<readonly { readonly config: Config; readonly storage: Storage }[]> {
  const found: { config: Config; storage: Storage }[] = [];
  const missing: { dataset: string; error: unknown }[] = [];
  for (const config of configs) {
    try {
      found.push({ config, storage: await openLake(config) });
    } catch (error) {
      missing.push({ dataset: config.dataset, error });
    }
  }
  if (found.length === 0 && missing[0]) throw missing[0].error;
  for (const { dataset, error } of missing) complain(`${dataset}: ${messageOf(error)}`);
  return found;
}

/** The same to be written to; a folder is made where it is not. */
export const openLakeToWrite = (config: Config): Promise<Storage> => opened(config, false);

interface FormsToRead {
  /** Of what is in no ledger. */
  readonly newest: RecordForm;
  /** Of tables and views: the same, and the columns that are declared since. */
  readonly tables: RecordForm;
  /** By the definition that the hour's ledger names. Throws `LakeCorrupt` where that cannot be read. */
  readonly formOfHour: (hour: Hour) => Promise<RecordForm>;
  /** The same of a ledger that is at hand. */
  readonly formOfLedger: (ledger: Ledger) => Promise<RecordForm>;
}

/**
 * What the lake's rows mean to a command that only reads: as the lake says itself, or as declared where it
 * says nothing yet.
 */
export async function formsToRead(storage: Storage, config: Config): Promise<FormsToRead> {
  const declared = formOf(config.declaration);
  const forms = new LakeForms(storage, config.dataset, declared);
  const newest = (await forms.newest(Date.now())) ?? declared;
  const formOfHour = async (hour: Hour): Promise<RecordForm> => (await forms.ofHour(hour)) ?? newest;
  const formOfLedger = (ledger: Ledger): Promise<RecordForm> => forms.ofLedger(ledger);
  return {
    newest,
    tables: formOf(withAdded(newest.declaration, config.declaration)),
    formOfHour,
    formOfLedger,
  };
}

/**
 * What rows mean from now on: as declared. Says what differs from the lake's newest definition. Throws
 * `Configuration` with every change, of every dataset, that would leave landed rows unreadable.
 */
export async function formsToWrite(
  storage: Storage,
  configs: readonly Config[],
  tell: (line: string) => void = () => undefined,
): Promise<readonly RecordForm[]> {
  const all = await Promise.all(configs.map((config) => changesOf(storage, config)));
  const refused = all.flatMap(({ refusal }) => refusal ?? []);
  if (refused.length > 0) throw new FernlakeError('Configuration', 'terminal', refused.join('\n'));
  for (const { told } of all) for (const line of told) tell(line);
  return all.map(({ form }) => form);
}

/** The same of one dataset. */
export async function formToWrite(
  storage: Storage,
  config: Config,
  tell?: (line: string) => void,
): Promise<RecordForm> {
  const [form] = await formsToWrite(storage, [config], tell);
  return form!;
}

interface Changed {
  readonly form: RecordForm;
  readonly told: readonly string[];
  /** Why it cannot be. */
  readonly refusal: string | undefined;
}

async function changesOf(storage: Storage, { dataset, declaration }: Config): Promise<Changed> {
  const form = formOf(declaration);
  const before = await new LakeForms(storage, dataset, form).newest(Date.now());
  const changes = before ? changesBetween(before.declaration, declaration) : [];
  const refused = changes.filter(({ isRefused }) => isRefused);
  return {
    form,
    told: changes.map(({ what, then }) => `${dataset}: ${what}: ${then}`),
    refusal:
      refused.length === 0
        ? undefined
        : `the dataset ${dataset} is declared otherwise than what has landed in ${storage.uri} (definition ${before?.definition}):` +
          refused.map(({ what, then }) => `\n  - ${what}. ${capital(then)}`).join(''),
  };
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

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

/**
 * At the start of a command an error of storage becomes an error of the setting that names the lake; nothing
 * is tried again then.
 */
function lakeFault(error: unknown, { lakeSetting }: Pick<Config, 'lakeSetting'>): unknown {
  if (!(error instanceof FernlakeError)) return error;
  const message = error.message.replace(/[;:] it is tried again$/, '');
  return new FernlakeError('Configuration', 'terminal', `${lakeSetting}: ${message}`, {
    details: error.details,
    cause: error,
  });
}
