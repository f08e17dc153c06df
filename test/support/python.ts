import { spawnSync } from 'node:child_process';

/**
 * Runs a Python script on a JSON value (on its standard input) and gives back the JSON that it prints.
 * Where there is no python3, the test says so and is skipped.
 */
export function runPython(context: Mocha.Context, script: string, input: unknown): unknown {
  const run = spawnSync('python3', ['-W', 'ignore', '-c', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8:surrogatepass' },
    maxBuffer: 256 * 1024 * 1024,
    timeout: 60_000,
  });
  if (run.error && 'code' in run.error && run.error.code === 'ENOENT') {
    console.warn(`skipped "${context.test?.fullTitle() ?? ''}": there is no python3 to compare with`);
    return context.skip();
  }
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr || String(run.error)}`);
  return JSON.parse(run.stdout);
}
