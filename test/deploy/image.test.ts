import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readRepoFile, repoFile } from './files.js';
import { pythonTool, run } from './python-tools.js';

const dockerfile = readRepoFile('Dockerfile');
const lines = dockerfile.split('\n');
const starting = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `));

describe('Dockerfile', () => {
  it('passes hadolint without a warning', async function () {
    this.timeout(400_000);
    const tool = await pythonTool('hadolint');
    if (!tool) return this.skip();
    const { status, output } = run(tool, ['--failure-threshold', 'style', repoFile('Dockerfile')]);
    assert.equal(status, 0, output);
  });

  it('builds on one pinned glibc base', () => {
    const bases = starting('FROM').map((line) => line.split(' ')[1]);
    assert.equal(bases.length, 2);
    for (const base of bases)
      assert.match(base ?? '', /^node:22\.\d+\.\d+-bookworm-slim(@sha256:[0-9a-f]{64})?$/);
    assert.equal(bases[0], bases[1]);
  });

  it('runs as a user that is not root, checks its health and is stopped by SIGTERM', () => {
    assert.deepEqual(starting('USER'), ['USER 1000:1000']);
    assert.deepEqual(starting('STOPSIGNAL'), ['STOPSIGNAL SIGTERM']);
    assert.match(starting('HEALTHCHECK')[0] ?? '', /CMD \["node", "deploy\/healthcheck\.mjs"\]$/);
    assert.deepEqual(starting('ENTRYPOINT'), ['ENTRYPOINT ["node", "bin/fernlake"]']);
  });

  it('installs exactly the lock file and ships no tools for development', () => {
    assert.match(dockerfile, /^RUN npm ci --ignore-scripts$/m);
    assert.match(dockerfile, /npm prune --omit=dev/);
    assert.doesNotMatch(dockerfile, /npm install|--build-arg|ARG .*(KEY|SECRET|TOKEN)/);
  });

  it('finds every file that it copies, and .dockerignore lets each through and little else', () => {
    const ignore = readRepoFile('.dockerignore').split('\n');
    assert.equal(
      ignore.find((line) => line !== '' && !line.startsWith('#')),
      '*',
    );
    const copied = starting('COPY')
      .filter((line) => !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length > 5);
    for (const name of copied) {
      assert.ok(existsSync(repoFile(name)), `${name} is copied, but is not there`);
      assert.ok(ignore.includes(`!${name}`), `${name} is copied, but .dockerignore hides it`);
    }
    assert.equal(ignore.filter((line) => line.startsWith('!')).length, copied.length);
  });
});
