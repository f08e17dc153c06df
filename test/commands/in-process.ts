import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { parseEnv } from 'node:util';

/** What code within `withOwn` finds on `process` in place of what is there for all others. */
interface Own {
  readonly env: Record<string, string | undefined>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  /** Output goes to a terminal of this width. */
  readonly columns?: number;
}

const owners = new AsyncLocalStorage<Own>();

/**
 * Runs with this environment, working folder and input, and keeps what is written to stdout and stderr: what `run` does is as if in a
 * process of its own, while the rest of this process sees its usual one. Several may run at a time.
 */
export async function withOwn<T>(
  { env, cwd, input, columns }: Surroundings,
  run: () => Promise<T>,
): Promise<{ result: T; stdout: string; stderr: string }> {
  takeOver();
  const [stdout, stderr] = [new Text(columns), new Text(columns)];
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)], { objectMode: false });
  const result = await inFolder(cwd, () => owners.run({ env: { ...env }, stdin, stdout, stderr }, run));
  return { result, stdout: stdout.text(), stderr: stderr.text() };
}

/** Keeps all that is written to it: a terminal if it has columns, else a pipe. */
class Text extends Writable {
  readonly isTTY: boolean;
  private readonly chunks: Buffer[] = [];

  constructor(readonly columns: number | undefined) {
    super();
    this.isTTY = columns !== undefined;
  }

  hasColors(): boolean {
    return this.isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

let taken = false;

/** From then on `process` shows everybody what is their own. */
function takeOver(): void {
  if (taken) return;
  taken = true;
  // The console keeps the streams that it finds when it first looks for them.
  for (const stream of ['_stdout', '_stderr']) Reflect.get(console, stream);
  for (const name of ['env', 'stdin', 'stdout', 'stderr'] as const) {
    const former = Object.getOwnPropertyDescriptor(process, name);
    const usual = (): unknown => (former?.get ? (former.get.call(process) as unknown) : former?.value);
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => owners.getStore()?.[name] ?? usual(),
    });
  }
  const load = process.loadEnvFile.bind(process);
  process.loadEnvFile = (file) => {
    const own = owners.getStore();
    if (own === undefined) return load(file);
    for (const [key, value] of Object.entries(parseEnv(readFileSync(file ?? '.env', 'utf8'))))
      own.env[key] ??= value;
  };
}

interface Folder {
  readonly cwd: string;
  readonly former: string;
  readonly left: Promise<void>;
  readonly leave: () => void;
  users: number;
}

let folder: Folder | undefined;

/** The working folder belongs to the whole process: who needs another one waits until all have left this one. */
async function inFolder<T>(cwd: string, run: () => Promise<T>): Promise<T> {
  while (folder !== undefined && folder.cwd !== cwd) await folder.left;
  folder ??= enter(cwd);
  const here = folder;
  here.users += 1;
  try {
    return await run();
  } finally {
    here.users -= 1;
    if (here.users === 0) {
      folder = undefined;
      process.chdir(here.former);
      here.leave();
    }
  }
}

function enter(cwd: string): Folder {
  const former = process.cwd();
  process.chdir(cwd);
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  return { cwd, former, left, leave, users: 0 };
}
