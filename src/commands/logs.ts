import { once } from 'node:events';
import { closeSync, createReadStream, openSync, readSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { LOG_FILE } from '../config/up-state.js';
import { FernlakeError } from '../errors.js';
import { untilSignal } from './output.js';

interface LogsOptions {
  readonly follow?: true;
  readonly lines: number;
}

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 10;

export function registerLogs(program: Command): void {
  program
    .command('logs')
    .description('show the log of the `up` that runs, or last ran, in this folder')
    .option('-f, --follow', 'and what is added to it, until Ctrl-C')
    .option('-n, --lines <count>', 'so many of its last lines', lines, 50)
    .action(async ({ follow, lines: wanted }: LogsOptions) => {
      let at = startOfLast(wanted);
      at = await print(at);
      if (!follow) return;
      const watcher = watch(path.dirname(LOG_FILE));
      let printing = Promise.resolve(at);
      watcher.on('change', () => {
        // One behind the other: what is printed begins where the former ended. A file that shrank is a new one.
        printing = printing.then((from) => print(from > statSync(LOG_FILE).size ? 0 : from));
      });
      await untilSignal();
      watcher.close();
      await printing;
    });
}

/** Where the last `wanted` lines begin, in bytes. Throws `Configuration` where there is no log. */
function startOfLast(wanted: number): number {
  let file: number;
  try {
    file = openSync(LOG_FILE, 'r');
  } catch (error) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `${path.resolve(LOG_FILE)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): only \`npx fernlake up\` writes one, in the folder where it is started. A worker's own log is its stderr`,
      { cause: error },
    );
  }
  try {
    const { size } = statSync(LOG_FILE);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let found = 0;
    for (let end = size; end > 0; end -= CHUNK_BYTES) {
      const from = Math.max(0, end - CHUNK_BYTES);
      const read = readSync(file, chunk, 0, end - from, from);
      for (let i = read - 1; i >= 0; i -= 1) {
        // The line feed at the very end ends the last line, and begins none.
        if (chunk[i] !== LINE_FEED || from + i === size - 1) continue;
        found += 1;
        if (found === wanted) return from + i + 1;
      }
    }
    return 0;
  } finally {
    closeSync(file);
  }
}

/** From that byte to the end; resolves to where that is. */
async function print(from: number): Promise<number> {
  let at = from;
  for await (const chunk of createReadStream(LOG_FILE, { start: from }) as AsyncIterable<Buffer>) {
    at += chunk.length;
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  }
  return at;
}

function lines(text: string): number {
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
}
