import { mkdirSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type PidLock, takePidLock } from './pid-lock.js';

const HOST = '127.0.0.1';

/** A TCP port of 127.0.0.1 that nobody listens on at this moment; whoever binds it must still be ready to lose the race. */
export async function freePort(): Promise<number> {
  const server = await listen(0);
  const address = server.address();
  await close(server);
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has no port');
  return address.port;
}

/** True when the port of 127.0.0.1 cannot be bound: somebody listens there, or it is not ours to take (EACCES). */
export async function portTaken(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return false;
  } catch {
    return true;
  }
}

/** True when something on 127.0.0.1 accepts a connection there. */
export async function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: HOST, port, timeout: 1_000 });
    const done = (answers: boolean) => (): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}

/** A port that no other process that uses `claimPort` gets, even before somebody listens on it. */
export interface ClaimedPort extends PidLock {
  readonly port: number;
}

/**
 * The wanted port, or a free one where it is taken or claimed; the log then says which, and what it was for. 0 asks for any
 * free port. Between the look and the bind of a dev server lie seconds, in which a second one would find the port free,
 * and later take the first one's answers there for its own: hence the claim, a file in the temporary folder.
 */
export async function claimPort(
  wanted: number,
  purpose: string,
  log: (message: string) => void,
): Promise<ClaimedPort> {
  const first = wanted === 0 || (await portTaken(wanted)) ? undefined : claim(wanted);
  if (first) return first;
  for (;;) {
    const claimed = claim(await freePort());
    if (!claimed) continue;
    if (wanted !== 0)
      log(`Port ${wanted} (${purpose}) is taken by another process; using ${claimed.port} in its place.`);
    return claimed;
  }
}

function claim(port: number): ClaimedPort | undefined {
  const folder = path.join(os.tmpdir(), `fernlake-ports-${os.userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takePidLock(path.join(folder, String(port)));
  return typeof lock === 'number' ? undefined : { port, ...lock };
}

function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, () => resolve(server));
  });
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}
