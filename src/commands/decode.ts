import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.js';
import { decodeRow, toPythonRepr } from '../domain/decode.js';
import { FernlakeError, isFernlakeError, messageOf } from '../domain/errors.js';
import { gunzip } from '../domain/gzip.js';
import { LIMITS } from '../domain/limits.js';
import type { UrlDictionary } from '../domain/urls.js';
import { out } from './output.js';

export function registerDecode(program: Command): void {
  program
    .command('decode')
    .description('give the original records back from a landed object')
    .argument('<file>', 'a landed .json.gz (or its unpacked lines); - reads standard input')
    .option('--format <form>', 'json, or python for the text that was encrypted', 'json')
    .action(async (file: string, { format }: { format: string }) => {
      if (format !== 'json' && format !== 'python') {
        throw new FernlakeError('Configuration', 'terminal', `--format ${format}: must be json or python`);
      }
      const { urls } = readConfig({ sample: true });
      const text = await textOf(file);
      for (const [i, row] of text.split('\n').entries()) {
        if (row === '') continue;
        const record = decoded(row, urls, `${file === '-' ? 'standard input' : file}, line ${i + 1}`);
        out(format === 'json' ? record : toPythonRepr(record));
      }
    });
}

/** What is no landed row is the wrong file, or a damaged one: the caller's to mend. */
function decoded(row: string, urls: UrlDictionary, where: string): string {
  try {
    return decodeRow(row, urls);
  } catch (error) {
    if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `${where}: ${error.message}. Name a landed .json.gz`,
    );
  }
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = file === '-' ? await readStandardInput() : await readFile(file);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (packed ? await gunzip(bytes, LIMITS.unpackedBytesMax) : bytes).toString('utf8');
  } catch (error) {
    throw new FernlakeError('Configuration', 'terminal', `${file} cannot be read: ${messageOf(error)}`);
  }
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
