import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { childEnvironment } from '../config/children.js';
import { messageOf } from '../errors.js';
import { exitOf } from './processes.js';

const OFFICIAL = 'https://temporal.download/cli/archive';
/** Short: where the internet is closed, the Go build should begin at once. */
const ANSWER_TIMEOUT_MS = 5_000;
const BODY_TIMEOUT_MS = 300_000;

export interface Download {
  readonly version: string;
  /** An existing folder, in which `temporal` is put. */
  readonly dir: string;
  readonly baseUrl: string | undefined;
  readonly log: (message: string) => void;
}

/**
 * Gets the official archive for this machine and unpacks `temporal` from it. Throws an Error that says what failed.
 * The archives come without a published checksum; TLS vouches for them.
 */
export async function downloadTemporalCli({
  version,
  dir,
  baseUrl = OFFICIAL,
  log,
}: Download): Promise<void> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (arch === undefined || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(`there is no official Temporal CLI for ${process.platform} on ${process.arch}`);
  }
  const url = `${baseUrl}/${version}?platform=${process.platform}&arch=${arch}`;
  log(`Downloading the Temporal CLI ${version} from ${new URL(url).host} (some 50 MB, once).`);
  const startedMs = performance.now();
  const archive = path.join(dir, 'archive.tar.gz');
  const aborter = new AbortController();
  let timer = setTimeout(() => aborter.abort(new Error('no answer within 5 s')), ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: aborter.signal });
    clearTimeout(timer);
    timer = setTimeout(() => aborter.abort(new Error('not done within 5 minutes')), BODY_TIMEOUT_MS);
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
  } catch (error) {
    throw new Error(`the download of the Temporal CLI from ${new URL(url).host} failed: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
  const { code } = await exitOf(
    spawn('tar', ['-xzf', archive, '-C', dir, 'temporal'], {
      env: childEnvironment('local'),
      stdio: 'ignore',
    }),
  );
  if (code !== 0)
    throw new Error('the downloaded archive of the Temporal CLI could not be unpacked with tar');
  log(`Downloaded it in ${((performance.now() - startedMs) / 1000).toFixed(0)} s.`);
}

/** `fetch failed` hides what did; its cause says. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? reasonOf(error.cause) : messageOf(error);
}
