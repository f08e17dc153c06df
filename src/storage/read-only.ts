import { FernlakeError } from '../errors.js';
import type { Storage } from './port.js';

/** The same lake, for commands that read: nothing can be written or removed through it, by mistake or otherwise. */
export function readOnly(storage: Storage): Storage {
  const refuse = async (what: string): Promise<never> => {
    throw new FernlakeError('Bug', 'terminal', `${what} in ${storage.uri}, which was opened to be read only`);
  };
  return {
    uri: storage.uri,
    get: (key, bytesMax) => storage.get(key, bytesMax),
    open: (key) => storage.open(key),
    head: (key) => storage.head(key),
    list: (prefix, options) => storage.list(prefix, options),
    keys: (prefix, options) => storage.keys(prefix, options),
    put: (key) => refuse(`${key} was to be written`),
    delete: (keys) => refuse(`${keys.length} objects were to be removed`),
  };
}
