import assert from 'node:assert/strict';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { rawNameOf } from '../../src/lake/keys.js';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { Copy, type Sample, sampleLake } from '../inspect/verify/damaged-lake.js';
import { rssOf } from './rss.js';

/** What each bomb is once it is unpacked. */
const BOMB_BYTES = 460_000_000;
const RSS_BYTES_MAX = 400_000_000;
const MEMBER_BYTES = 46_000_000;

/** A gzip that unpacks to BOMB_BYTES of `filler` behind `head`: ten members of it, as one is soon made. */
function bomb(filler: string, head = ''): Buffer {
  const text = filler.repeat(Math.floor(MEMBER_BYTES / filler.length));
  const member = gzipSync(text, { level: 1 });
  const members = Array.from({ length: BOMB_BYTES / MEMBER_BYTES }, () => member);
  return Buffer.concat([gzipSync(head), ...members]);
}

describe('a lake of somebody else', function () {
  this.timeout(240_000);
  let sample: Sample;
  let copy: Copy;
  const lake = (...parts: string[]): string => path.join(copy.dir, 'lake', ...parts);
  const put = async (key: string, bytes: Uint8Array): Promise<string> => {
    await mkdir(path.dirname(lake(key)), { recursive: true });
    await writeFile(lake(key), bytes);
    return key;
  };

  beforeEach(async () => {
    sample ??= await sampleLake();
    copy = await Copy.of(sample.bench);
  });
  afterEach(() => copy.remove());
  after(() => sample?.bench.close());

  const run = (...args: string[]) =>
    rssOf(args, {
      cwd: copy.dir,
      env: { FERNLAKE_LAKE: copy.uri, FERNET_KEYS: DEMO_KEY, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });

  /** It says what it did not read, and takes no more memory for it. */
  async function refuses(key: string, why: RegExp, ...args: string[]): Promise<void> {
    const { stdout, stderr, rssBytes } = await run(...args);
    const said = stdout + stderr;
    const about = `${args.join(' ')}: ${Math.round(rssBytes / 1e6)} MB\n${said.slice(0, 2000)}`;
    assert.ok(rssBytes < RSS_BYTES_MAX, about);
    assert.ok(said.includes(key), about);
    assert.match(said, why, about);
  }

  const keysOf = (prefix: string): Promise<string[]> => sample.bench.keys(prefix);
  const entryOf = (key: string): string =>
    `{"reason":"wrong-type","detail":"d","raw":"${rawNameOf(key)}","index":1,"envelope":"`;

  it('with quarantine of one line of 460 MB', async () => {
    const [key = ''] = await keysOf('quarantine/');
    await put(key, bomb('a', entryOf(key)));
    const why = /a line of more than 1,048,576 bytes/;
    await refuses(key, why, 'quarantine', 'list');
    await refuses(key, why, 'quarantine', 'list', '--records', '--json');
    await refuses(key, why, 'status', '--all');
    await refuses(key, why, 'report', '--out', '-');
    await refuses(key, why, 'verify');
  });

  it('with quarantine of millions of entries', async () => {
    const [key = ''] = await keysOf('quarantine/');
    await put(key, bomb(`${entryOf(key)}"}\n`, ''));
    await refuses(key, /is no quarantine object/, 'quarantine', 'list', '--records');
    await refuses(key, /is no quarantine object/, 'verify');
    const { stdout, rssBytes } = await run('query', 'select count(*) > 4000000 from quarantine');
    assert.match(stdout, /true/);
    assert.ok(rssBytes < RSS_BYTES_MAX, `${rssBytes}`);
    const all = await run('query', 'select * from quarantine');
    assert.match(all.stderr, /the result is more than 256 MiB, after [\d]+ rows: ask for fewer/);
    // What it may hold is LIMITS.queryResultBytesMax, as text and as rows, beside DuckDB's own.
    assert.ok(all.rssBytes < 1.6e9, `${Math.round(all.rssBytes / 1e6)} MB`);
  });

  it('with an answer of 460 MB', async () => {
    const [key = ''] = await keysOf('raw/');
    await put(key, bomb(' ', '['));
    await refuses(key, /unpacks to more than 33,554,432 bytes/, 'verify');
    await refuses(key, /unpacks to more than 33,554,432 bytes/, 'reprocess', '--diff');
  });

  it('with a segment of one line of 460 MB', async () => {
    const [key = ''] = await keysOf('segments/');
    await put(key, bomb('a', '{"hour":"'));
    await refuses(key, /a line of more than 2,097,152 bytes/, 'verify');
  });

  it('with rows of 460 MB in one line', async () => {
    const [key = ''] = await keysOf('logs/');
    await put(key, bomb('a', '{"record_id":"'));
    const why = /a line of more than 2,097,152 bytes/;
    await refuses(key, why, 'verify');
    await refuses(key, why, 'schema');
    await refuses(key, why, 'sizes', '--all');
    await refuses(lake(key), /longer than/, 'decode', lake(key));
    await refuses('logs.json.gz', /maximum_object_size/, 'query', 'select count(*) from logs');
  });

  it('with a ledger of 460 MB', async () => {
    const [key = ''] = await keysOf('ledger/');
    const file = await open(lake(key), 'w');
    await file.truncate(BOMB_BYTES);
    await file.close();
    const why = /it has 460,000,000 bytes, and fernlake writes no such object of more than 67,108,864/;
    await refuses(key, why, 'status');
    await refuses(key, why, 'report', '--out', '-');
    await refuses(key, why, 'verify');
    const to = path.join(copy.dir, 'to');
    const { rssBytes, stderr } = await run('copy', lake(), to);
    assert.ok(rssBytes < RSS_BYTES_MAX, stderr);
  });

  it('with a name of 460 MB', async () => {
    const file = await open(lake('lake.json'), 'w');
    await file.truncate(BOMB_BYTES);
    await file.close();
    await refuses('lake.json', /it has 460,000,000 bytes/, 'status');
  });
});
