import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { lakeUri } from '../../config/values.js';
import { FernlakeError, messageOf } from '../../errors.js';
import { STAGING } from '../../storage/key.js';

export interface Places {
  readonly from: string;
  readonly to: string;
  readonly only: string;
  /** TO is a folder that is not there yet. */
  readonly isNew: boolean;
}

/**
 * What the arguments name. A folder may also be given as a path. Throws `Configuration` for what is no lake, for a FROM
 * that is not there, for two lakes of which one lies in the other, and for an --only that nothing can be under.
 */
export async function placesOf(fromText: string, toText: string, only = ''): Promise<Places> {
  const from = uriOf('FROM', fromText);
  const to = uriOf('TO', toText);
  if (`${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`)) {
    throw wrong(`FROM (${from}) and TO (${to}) are one place, or one lies in the other: name two lakes`);
  }
  if (only.startsWith('/') || only.startsWith(STAGING)) {
    throw wrong(
      `--only ${only}: it is how keys begin, such as raw/logs/year=2023/; staging/ is never copied`,
    );
  }
  if (!(await isThere(from))) throw wrong(`FROM: there is no folder ${fileURLToPath(from)}`);
  return { from, to, only, isNew: !(await isThere(to)) };
}

function uriOf(name: string, text: string): string {
  try {
    return lakeUri(/^[a-z0-9]+:\/\//i.test(text) ? text : pathToFileURL(path.resolve(text)).href);
  } catch (error) {
    throw wrong(`${name} (${text}) ${messageOf(error)}`);
  }
}

/** A bucket says so itself at the first request. */
async function isThere(uri: string): Promise<boolean> {
  if (!uri.startsWith('file://')) return true;
  const found = await stat(fileURLToPath(uri)).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

export const wrong = (message: string): FernlakeError =>
  new FernlakeError('Configuration', 'terminal', message);
