import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FernlakeError, messageOf } from '../errors.js';

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * The lines of a file, or of standard input (`-`), packed with gzip or not: one after the other, so that a file may be of
 * any size. Only `\n` ends a line. Throws FernlakeError `Configuration` naming what cannot be read, or the line that is longer
 * than `lengthMax` (UTF-16 code units).
 */
export async function* linesOf(file: string, lengthMax: number): AsyncGenerator<string> {
  const name = file === '-' ? 'standard input' : file;
  let rest = '';
  let count = 0;
  try {
    const decoder = new TextDecoder();
    for await (const chunk of await unpacked(file === '-' ? process.stdin : createReadStream(file))) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      count += lines.length;
      yield* lines;
      if (rest.length > lengthMax) throw tooLong(name, count + 1, lengthMax);
    }
  } catch (error) {
    if (error instanceof FernlakeError) throw error;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `${name} cannot be read: ${messageOf(error)}. Name a landed .json.gz`,
    );
  }
  if (rest !== '') yield rest;
}

const tooLong = (name: string, line: number, lengthMax: number): FernlakeError =>
  new FernlakeError(
    'Configuration',
    'terminal',
    `${name}, line ${line}: longer than ${lengthMax} characters, which no landed row is. Name a landed .json.gz`,
  );

/** The stream, unpacked if its first two bytes say that it is packed. */
async function unpacked(stream: Readable): Promise<AsyncIterable<unknown>> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let head: Uint8Array = new Uint8Array();
  for (let next; head.length < GZIP_MAGIC.length && !(next = await chunks.next()).done;)
    head = Buffer.concat([head, next.value]);
  const whole = Readable.from(
    (async function* () {
      yield head;
      for (let next; !(next = await chunks.next()).done;) yield next.value;
    })(),
    { objectMode: false },
  );
  if (!GZIP_MAGIC.every((byte, i) => head[i] === byte)) return whole;
  const gunzip = createGunzip();
  whole.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  return gunzip;
}
