import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { History } from '../support/history.js';

/** In the sources, not in dist: what is recorded is committed. */
const FOLDER = path.resolve(import.meta.dirname, '..', '..', '..', 'test', 'workflows', 'histories');

/** The recorded histories by name, such as `etl-first`. */
export function recordedHistories(): Map<string, History> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => [
      path.basename(file, '.json'),
      JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'), revive) as History,
    ]),
  );
}

export function record(name: string, history: History): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path.join(FOLDER, `${name}.json`), `${JSON.stringify(plain(history))}\n`);
}

/** Who ran it and where its code lay is nobody's business, and no part of a replay. */
const LEFT_OUT = ['identity', 'stackTrace'];

/**
 * The history's fields as they are in memory, bytes as base64. The SDK's own `historyToJSON` wants that npm has installed
 * protobufjs once; beside the AWS SDK and gRPC it is there in several versions.
 */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  // The name of a worker's own task queue holds the machine's.
  if (typeof value === 'string') return value.replaceAll(os.hostname(), 'host');
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => inner !== null && !LEFT_OUT.includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]));
}

function revive(_key: string, value: unknown): unknown {
  const base64 = (value as { $base64?: unknown } | null)?.$base64;
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : value;
}
