import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSettingsFile } from '../../../src/config/file/read.js';
import type { FileSettings } from '../../../src/config/file/settings.js';

export interface Written {
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly needsSource?: boolean;
  /** Beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

const FILE = 'fernlake.yaml';

/** What the file says when it lies in a folder of its own; faults name it as if that were the working folder. */
export function readWritten({ text, env = {}, needsSource = true, files = {} }: Written): {
  readonly settings: FileSettings | undefined;
  readonly faults: readonly string[];
  readonly folder: string;
} {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-file-'));
  try {
    for (const [name, content] of Object.entries({ ...files, [FILE]: text }))
      writeFileSync(path.join(folder, name), content);
    const file = path.join(folder, FILE);
    const read = readSettingsFile({
      file,
      env,
      needsSource,
      needsNotify: needsSource,
      proxyFor: () => undefined,
    });
    if (!('faults' in read)) return { settings: read, faults: [], folder };
    const faults = read.faults.map((fault) => fault.replaceAll(`${folder}/`, ''));
    return { settings: undefined, faults, folder };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const faultsOf = (text: string, env: Readonly<Record<string, string>> = {}): readonly string[] =>
  readWritten({ text, env }).faults;
