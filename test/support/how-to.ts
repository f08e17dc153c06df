import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporalCli } from './temporal-cli.js';

const DOCS = path.resolve(import.meta.dirname, '..', '..', '..', 'docs', 'how-to');
const BIN = path.resolve(import.meta.dirname, '..', '..', '..', 'bin', 'fernlake');

/** The commands that a page shows behind `<!-- run: name -->`, by their names. */
export function commandsOf(page: string): Map<string, string> {
  const text = readFileSync(path.join(DOCS, page), 'utf8');
  const found = text.matchAll(/^<!-- run: (\w+) -->\n\n?((?: {4}.+\n)+)/gm);
  return new Map(Array.from(found, ([, name = '', block = '']) => [name, block.replaceAll(/^ {4}/gm, '')]));
}

/** Runs such a command in a shell, but for `npx`, with `temporal` on the path; resolves to what it printed. */
export async function runCommand(command: string, env: Readonly<Record<string, string>>): Promise<string> {
  const PATH = `${path.dirname(await temporalCli())}:${process.env['PATH'] ?? ''}`;
  const { stdout } = await promisify(execFile)('sh', ['-euc', command.replaceAll('npx fernlake', BIN)], {
    env: { ...process.env, ...env, PATH },
    timeout: 60_000,
  });
  return stdout;
}
