import assert from 'node:assert/strict';
import { fernlakeProcess, type Outcome, type RunOptions } from '../commands/fernlake.js';

/** Tells what the process has taken at most, at its end. */
const TELL_RSS = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('MAXRSS ' + process.resourceUsage().maxRSS + '\\n'))",
)}`;

/** Runs `bin/fernlake` as a process of its own, and says the most memory that it took. */
export async function rssOf(
  args: readonly string[],
  { env, ...options }: RunOptions,
): Promise<Outcome & { readonly rssBytes: number }> {
  const done = await fernlakeProcess(args, {
    ...options,
    env: { ...env, NODE_OPTIONS: `--import ${TELL_RSS}` },
  });
  const rssBytes = Number(/MAXRSS (\d+)/.exec(done.stderr)?.[1]) * 1024;
  assert.ok(rssBytes > 0, done.stderr);
  return { ...done, rssBytes };
}
