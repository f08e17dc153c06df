import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A text of the file with what its `${…}` stand for. */
export interface Expanded {
  readonly text: string;
  /** Each names a variable or a file, never what it holds. */
  readonly faults: readonly string[];
  /** Something could not be had. */
  readonly isBlank: boolean;
  /** Something was put in, or should have been. */
  readonly isPutIn: boolean;
}

/** What the file refers to. */
export interface Used {
  readonly variables: Set<string>;
  readonly files: Set<string>;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where files are looked for that are named without a folder: that of fernlake.yaml. */
  readonly folder: string;
}

const REFERENCE = /(\$?)\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FILE = 'file:';
const FILE_BYTES_MAX = 64 * 1024;

/**
 * `${NAME}` stands for a variable of the environment, `${file:/path}` for what is in a file, without the line break at its end,
 * `$${` for `${` itself. What is put in is not looked at again.
 */
export function expand(text: string, { env, folder }: Surroundings, used: Used): Expanded {
  const faults: string[] = [];
  let isBlank = false;
  let isPutIn = false;
  const expanded = text.replace(REFERENCE, (whole, escape: string, named: string, end: string) => {
    if (escape !== '') return whole.slice(1);
    isPutIn = true;
    const read = end === '' ? { fault: 'has ${ without }; $${ stands for ${ itself' } : valueOf(named);
    if ('value' in read) return read.value;
    faults.push(read.fault);
    isBlank = true;
    return '';
  });
  return { text: expanded, faults, isBlank, isPutIn };

  function valueOf(named: string): { value: string } | { fault: string } {
    if (named.startsWith(FILE)) {
      const file = path.resolve(folder, named.slice(FILE.length));
      used.files.add(file);
      return contentOf(file);
    }
    if (!NAME.test(named))
      return { fault: 'has ${…} that names neither a variable (${NAME}) nor a file (${file:/path})' };
    used.variables.add(named);
    const value = env[named];
    return value === undefined || value.trim() === ''
      ? { fault: `needs the variable ${named}, which is not set in the environment or in .env` }
      : { value };
  }
}

function contentOf(file: string): { value: string } | { fault: string } {
  try {
    const content = readFileSync(file, 'utf8');
    if (Buffer.byteLength(content) > FILE_BYTES_MAX)
      return { fault: `needs the file ${file}, which is too large` };
    return { value: content.replace(/\r?\n$/, '') };
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    return { fault: `needs the file ${file}, which cannot be read (${code})` };
  }
}
