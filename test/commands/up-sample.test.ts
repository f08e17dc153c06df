import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSample } from '../../src/commands/up-sample.js';

/** Starts the sample API on loopback. */
describe('the sample API of `up`', () => {
  let dir: string;
  before(() => (dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-up-sample-'))));
  after(() => rmSync(dir, { recursive: true }));

  it('answers what was asked before it stops, and lets what comes behind wait for the end of the worker', async () => {
    const sample = createSample(60, dir);
    const early = sample.source.poll();
    await sample.start();
    assert((await early).body.length > 0);
    const underWay = sample.source.poll();
    await new Promise(setImmediate);
    await sample.stop();
    assert((await underWay).body.length > 0);
    const worker = new AbortController();
    const late = sample.source.poll(worker.signal);
    const first = await Promise.race([late.catch(String), new Promise((r) => setTimeout(r, 100, 'waits'))]);
    assert.equal(first, 'waits');
    worker.abort();
    await assert.rejects(late, /cancelled where there is no sample API/);
  });

  it('is not started with another speed than before', async () => {
    await assert.rejects(createSample(240, dir).start(), {
      code: 'Configuration',
      message: /sample-api\.json was begun with --speed 60, not 240, .* begin anew in another folder$/,
    });
  });
});
