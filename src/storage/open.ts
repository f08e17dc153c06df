import { FernlakeError } from '../errors.js';
import type { Storage } from './port.js';
import type { FolderOptions } from './folder.js';
import { readOnly } from './read-only.js';
import type { S3Options } from './s3.js';

/**
 * The lake at `file:///abs/dir` or `s3://bucket[/prefix]`. The adapter is loaded only now: the AWS SDK takes 130 ms and
 * more, which nobody with a lake in a folder should wait. Throws `Configuration` for any other uri.
 */
export async function openStorage(uri: string, options: S3Options & FolderOptions = {}): Promise<Storage> {
  const storage = await opened(uri, options);
  return options.readOnly ? readOnly(storage) : storage;
}

async function opened(uri: string, options: S3Options & FolderOptions): Promise<Storage> {
  if (uri.startsWith('file://')) return await (await import('./folder.js')).openFolder(uri, options);
  if (uri.startsWith('s3://')) return (await import('./s3.js')).openS3(uri, options);
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `${JSON.stringify(uri)} is no lake: it must be file:///absolute/directory or s3://bucket[/prefix]`,
  );
}
