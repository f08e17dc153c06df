import { once } from 'node:events';
import type { Command } from 'commander';
import { type Choice, readConfig } from '../config/config.js';
import { decodeRow, toPythonRepr } from '../dataset/decode.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { RecordForm } from '../dataset/form.js';
import { formOfFile } from './form-of-file.js';
import { linesOf } from './lines.js';

/** Of a record of the largest size, every character of it escaped. */
const ROW_LENGTH_MAX = 8 * LIMITS.recordBytesMax;

export function registerDecode(program: Command): void {
  program
    .command('decode')
    .description('give the original records back from a landed object')
    .argument('<file>', 'a landed .json.gz (or its unpacked lines); - reads standard input')
    .option('--format <form>', 'json, or python for the text that was encrypted', 'json')
    .action(async (file: string, options: Choice & { format: string }) => {
      const { format } = options;
      if (format !== 'json' && format !== 'python') {
        throw new FernlakeError('Configuration', 'terminal', `--format ${format}: must be json or python`);
      }
      const form = await formOfFile(file, readConfig({ sample: true, choice: options }), options);
      let line = 0;
      for await (const row of linesOf(file, ROW_LENGTH_MAX)) {
        line += 1;
        if (row === '') continue;
        const record = decoded(row, form, `${file === '-' ? 'standard input' : file}, line ${line}`);
        const text = format === 'json' ? record : toPythonRepr(record);
        // An object of any size passes through: no more of it is held than a pipe takes.
        if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
      }
    });
}

/** What is no landed row is the wrong file, or a damaged one: the caller's to mend. */
function decoded(row: string, form: RecordForm, where: string): string {
  try {
    return decodeRow(row, form);
  } catch (error) {
    if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `${where}: ${error.message}. Name a landed .json.gz`,
    );
  }
}
