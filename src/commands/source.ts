import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { FernlakeError, messageOf } from '../errors.js';
import { addShapeOptions, isShaped, shapedOptions, type ShapeOptions } from './source-shape.js';
import { loadSampleApi, type SampleApi, type SampleServer } from '../embedded/sample-api.js';

interface AnswerNote {
  readonly request: number;
  readonly behaviour: string;
  readonly firstId: number;
  readonly newestId: number;
}

interface SourceOptions extends ShapeOptions {
  readonly port: number;
  readonly host: string;
  readonly rate: number;
  readonly speed: number;
  readonly window: number;
  readonly history: number;
  readonly seed: number;
  readonly firstId: number;
  readonly start?: number;
  readonly state?: string;
  readonly capture?: string;
  readonly key?: string;
  readonly fail?: Readonly<Record<string, number>>;
  readonly verbose?: true;
}

/** Adds `source`, which runs the sample API until SIGINT or SIGTERM. Throws FernlakeError `Configuration` for wrong use. */
export function registerSource(program: Command): void {
  const command = program
    .command('source')
    .description(
      'run the sample API: like the real one, or in the shape of yours; seeded, and able to misbehave',
    )
    .option('--port <port>', 'where to listen; 0 takes a free port', integer(0, 65_535), 8080)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--rate <records>', 'records per second', positive, 1.68)
    .option('--speed <factor>', 'seconds of event time per second; 60: an hour in a minute', positive, 1)
    .option('--window <records>', 'how many of the newest records an answer shows', integer(1, 50_000), 100)
    .option('--history <records>', 'how many records there are at the start', integer(1, 1e9), 1)
    .option('--seed <number>', 'the same seed makes the same records', integer(0, 2 ** 32), 1)
    .option('--first-id <number>', 'id of the first record', integer(0, Number.MAX_SAFE_INTEGER), 2_462_380)
    .option('--start <time>', 'event time of the start (ISO 8601); default: 30 days ago', time)
    .option('--state <file>', 'keep the clock here, to go on after a restart')
    .option('--capture <file>', 'serve this recorded capture (a JSON array of envelopes) instead')
    .option('--key <key>', 'Fernet key for the tokens; default: a published demonstration key')
    .option('--fail <shares>', 'what goes wrong how often, such as 502=0.1,html=0.05', shares)
    .option('--verbose', 'show every answer');
  addShapeOptions(command).action((options: SourceOptions) => run(options));
}

async function run(options: SourceOptions): Promise<void> {
  const api = await loadSampleApi();
  const server = await start(api, options);
  const key = options.key === undefined && options.capture === undefined ? api.DEMO_KEY : undefined;
  say(`The sample API serves ${server.url}, newest id ${server.newestId()}.`);
  say(`Try it:     curl -s ${options.method === 'POST' ? '-X POST ' : ''}${server.url}`);
  // The demonstration key is public; a key of the user's own is never printed.
  if (options.auth?.['type'] === 'oauth2_client_credentials') say(`Tokens are at ${server.tokenUrl}.`);
  if (key !== undefined && !isShaped(options))
    say(`Feed it in: FERNLAKE_SOURCE_URL=${server.url} FERNET_KEYS=${key}`);
  say('Ctrl-C stops it.');
  await untilSignal();
  await server.close();
}

async function start(api: SampleApi, options: SourceOptions): Promise<SampleServer> {
  const { start: startMs, state: stateFile, capture: file, verbose, ...rest } = options;
  const given = {
    ...rest,
    ...(startMs === undefined ? {} : { startMs }),
    ...(stateFile === undefined ? {} : { stateFile }),
  };
  const capture = file === undefined ? {} : { capture: await readCapture(file) };
  const onAnswer = verbose ? { onAnswer: show } : {};
  try {
    return await api.createSourceServer({ ...given, ...capture, ...onAnswer, ...shapedOptions(options) });
  } catch (error) {
    // The key's text must not get into the message, which is why the package's own is not handed on for it.
    if (error instanceof FernlakeError || !(error instanceof Error)) throw error;
    const { code = '' } = error as { code?: string };
    const message = /^ERR_OSSL/.test(code)
      ? `--tls-cert and --tls-key cannot be used (${code}): a certificate and its key, both PEM`
      : error instanceof RangeError
        ? error.message
        : '--key is not a Fernet key: 32 bytes in URL-safe base64';
    throw new FernlakeError('Configuration', 'terminal', message);
  }
}

async function readCapture(file: string): Promise<readonly unknown[]> {
  const fault = (why: string): FernlakeError =>
    new FernlakeError('Configuration', 'terminal', `--capture ${file} cannot be served: ${why}`, {
      details: { file },
    });
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fault(messageOf(error));
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault('it is not JSON');
  }
  if (!Array.isArray(value) || value.length === 0) throw fault('it is not a JSON array of records');
  return value as unknown[];
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function show(answer: AnswerNote): void {
  say(`request ${answer.request}: ${answer.behaviour}, ids ${answer.firstId} to ${answer.newestId}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1e6) return value;
  throw new InvalidArgumentError('It must be a number above 0 and at most 1,000,000.');
}

function time(text: string): number {
  const epochMs = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(epochMs)) return epochMs;
  throw new InvalidArgumentError('It must be a time such as 2023-04-20T13:00:00Z.');
}

/** Which names there are, and that the sum is at most 1, is checked by the sample API itself. */
function shares(text: string): Readonly<Record<string, number>> {
  const pairs = text.split(',').map((pair) => /^\s*([a-z0-9]+)=(\d*\.?\d+)\s*$/.exec(pair));
  if (pairs.includes(null)) throw new InvalidArgumentError('It must be a list such as 502=0.1,html=0.05.');
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
}
