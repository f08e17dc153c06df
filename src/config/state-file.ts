import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Puts the file there as a whole, for its owner alone; makes its folder, too. */
export function writeStateFile(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
