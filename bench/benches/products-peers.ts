import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import type { BenchContext } from '../support/bench.js';
import { scratchDir } from '../support/lake-copy.js';
import { filesUnder } from '../support/landed.js';
import { cargoPeer, pythonPeer } from '../support/peers.js';
import { type Ran, ROOT, run } from '../support/process.js';

export interface Product {
  readonly name: string;
  readonly install: (context: BenchContext) => Promise<Job>;
}

/** What a scheduler would start again and again. */
interface Job {
  readonly run: (url: string) => Promise<Ran>;
  readonly landed: () => Promise<LandedRow[]>;
}

export interface LandedRow {
  readonly id: number;
  /** The record's fields, joined by `|`; undefined where a token landed. */
  readonly content: string | undefined;
}

const SCRIPTS = path.join(ROOT, 'bench', 'peers', 'products');
const CRYPTOGRAPHY = 'cryptography==48.0.0';
const LATE_MS = 120_000;

const workDir = ({ onEnd }: BenchContext, name: string): string => {
  const { dir, remove } = scratchDir(name);
  onEnd(remove);
  return dir;
};

const dlt: Product = {
  name: 'dlt 1.31.0',
  async install(context) {
    const bin = await pythonPeer('dlt', ['dlt==1.31.0', CRYPTOGRAPHY], context.say);
    const dir = workDir(context, 'dlt');
    const args = (url: string): string[] => [path.join(SCRIPTS, 'dlt_pipeline.py'), url, dir, DEMO_KEY];
    const env = { RUNTIME__DLTHUB_TELEMETRY: 'false', HOME: dir };
    return {
      run: (url) => run(path.join(bin, 'python'), args(url), { env, mayFail: true, timeoutMs: LATE_MS }),
      // dlt spells columns its own way: inDate is in_date, detail.message is detail__message.
      landed: async () =>
        rowsIn(filesUnder(path.join(dir, 'lake', 'logs', 'log'), '.jsonl.gz'), (row) => [
          ...[
            'user_id',
            'activity',
            'url',
            'method',
            'name',
            'in_date',
            'detail__message',
            'detail__levelname',
          ].map((name) => row[name]),
        ]),
    };
  },
};

const singer: Product = {
  name: 'Singer: tap-rest-api-msdk 1.4.2, target-jsonl 0.1.4',
  async install(context) {
    // Two environments: the packages of tap and target exclude each other.
    const tap = await pythonPeer('tap', ['tap-rest-api-msdk==1.4.2', CRYPTOGRAPHY], context.say);
    const target = await pythonPeer('target', ['target-jsonl==0.1.4'], context.say);
    const dir = workDir(context, 'singer');
    const json = (name: string, value: unknown): string => {
      writeFileSync(path.join(dir, name), JSON.stringify(value));
      return path.join(dir, name);
    };
    const state = path.join(dir, 'state.json');
    const targetConfig = json('target.json', { destination_path: dir });
    return {
      async run(url) {
        const { origin, pathname } = new URL(url);
        const stream = {
          name: 'log',
          path: pathname,
          records_path: '$[*]',
          primary_keys: ['recordId'],
          replication_key: 'recordId',
        };
        const tapConfig = json('tap.json', { api_url: origin, streams: [stream] });
        const pipe =
          `set -e; '${tap}/tap-rest-api-msdk' --config '${tapConfig}' ${existsSync(state) ? `--state '${state}'` : ''} | ` +
          `'${tap}/python' '${path.join(SCRIPTS, 'decrypt_mapper.py')}' '${DEMO_KEY}' | ` +
          `'${target}/target-jsonl' --config '${targetConfig}' > '${state}.all'; ` +
          `tail -n 1 '${state}.all' > '${state}.new'; if [ -s '${state}.new' ]; then mv '${state}.new' '${state}'; fi`;
        return await run('/bin/sh', ['-c', pipe], { mayFail: true, timeoutMs: LATE_MS });
      },
      landed: async () =>
        rowsIn(filesUnder(dir, '.jsonl'), (row) => {
          const detail = row['detail'] as Record<string, unknown>;
          return [
            ...['user_id', 'activity', 'url', 'method', 'name', 'inDate'].map((name) => row[name]),
            detail['message'],
            detail['levelname'],
          ];
        }),
    };
  },
};

const faucet: Product = {
  name: 'faucet-cli 1.0.1',
  async install(context) {
    const features = 'source-rest,sink-jsonl,transforms,observability';
    const bin = await cargoPeer(
      'faucet-cli',
      '1.0.1',
      { bin: 'faucet', args: ['--no-default-features', '--features', features] },
      context.say,
    );
    const dir = workDir(context, 'faucet');
    return {
      async run(url) {
        const { origin, pathname } = new URL(url);
        const source = {
          base_url: origin,
          path: pathname,
          method: 'GET',
          auth: { type: 'none' },
          query_params: {},
          pagination: { type: 'None' },
          max_retries: 3,
          retry_backoff: 1,
          tolerated_http_errors: [],
          replication_method: { type: 'Incremental' },
          replication_key: 'recordId',
          start_replication_value: 0,
          state_key: 'log',
          primary_keys: ['recordId'],
          partitions: [],
          schema_sample_size: 0,
        };
        const config = {
          version: 1,
          name: 'log',
          pipeline: {
            source: { type: 'rest', config: source },
            sink: { type: 'jsonl', config: { path: path.join(dir, 'log.jsonl'), append: true } },
            state: { type: 'file', config: { path: path.join(dir, 'state') } },
          },
        };
        // JSON is YAML, too.
        writeFileSync(path.join(dir, 'pipeline.json'), JSON.stringify(config));
        return await run(bin, ['run', path.join(dir, 'pipeline.json')], {
          mayFail: true,
          timeoutMs: LATE_MS,
        });
      },
      landed: async () => rowsIn(filesUnder(dir, 'log.jsonl'), () => undefined),
    };
  },
};

export const PRODUCTS: readonly Product[] = [dlt, singer, faucet];

function rowsIn(
  files: readonly string[],
  fields: (row: Record<string, unknown>) => unknown[] | undefined,
): LandedRow[] {
  return files.flatMap((file) => {
    const bytes = readFileSync(file);
    const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trimEnd().split('\n');
    return lines.flatMap((line) => {
      if (line === '') return [];
      const row = JSON.parse(line) as Record<string, unknown>;
      return [{ id: Number(row['record_id'] ?? row['recordId']), content: fields(row)?.join('|') }];
    });
  });
}
