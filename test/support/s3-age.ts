import { createHash } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { S3Server } from './s3-server.js';

/** As versitygw keeps them (backend/posix): what is unfinished in a folder by the SHA-256 of its key. */
const UPLOADS = path.join('.sgwtmp', 'multipart');

/** As if these objects had been written so long ago: versitygw answers with the times of its files. */
export async function ageObjects(server: S3Server, keys: readonly string[], ageMs: number): Promise<void> {
  const then = new Date(Date.now() - ageMs);
  for (const key of keys) await utimes(path.join(server.bucketDir, key), then, then);
}

/** As if the unfinished uploads of this key had been begun so long ago. */
export async function ageUploads(server: S3Server, key: string, ageMs: number): Promise<void> {
  const then = new Date(Date.now() - ageMs);
  const folder = path.join(server.bucketDir, UPLOADS, createHash('sha256').update(key).digest('hex'));
  for (const upload of await readdir(folder)) await utimes(path.join(folder, upload), then, then);
}
