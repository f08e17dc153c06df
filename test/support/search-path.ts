import path from 'node:path';

/** `PATH` as a list. */
export function splitSearchPath(text: string | undefined): string[] {
  return (text ?? '').split(path.delimiter).filter((dir) => dir !== '');
}
