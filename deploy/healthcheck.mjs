// Is this machine's worker alive? Exit code 0 or 1 and one line. Used by the image's HEALTHCHECK and by the heartbeat timer.
// With FERNLAKE_HTTP_PORT the worker itself answers, on /healthz; without it there is nothing to ask, and the check is
// that process 1 of the container is still fernlake (a supervisor such as systemd knows that by itself).
import { readFileSync } from 'node:fs';

const TIMEOUT_MS = 4_000;

async function answer() {
  const port = process.env.FERNLAKE_HTTP_PORT;
  if (!port) {
    const command = readFileSync('/proc/1/cmdline', 'utf8').replaceAll('\0', ' ').trim();
    if (!command.includes('fernlake')) throw new Error(`process 1 is not fernlake: ${command.slice(0, 80)}`);
    return 'process 1 is fernlake; set FERNLAKE_HTTP_PORT for a check that asks the worker';
  }
  const url = `http://127.0.0.1:${port}/healthz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  const text = (await response.text()).trim().slice(0, 200);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text || 'healthy';
}

try {
  console.log(await answer());
} catch (error) {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  console.error(`unhealthy: ${error.message}${cause}`);
  process.exitCode = 1;
}
