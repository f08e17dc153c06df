import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSourceServer, type SourceServerOptions } from '../../../examples/source-server/index.js';
import { readState } from '../../../examples/source-server/state.js';

describe('the sample API with a state file', () => {
  let dir: string;
  let stateFile: string;
  let now = Date.parse('2026-01-15T12:00:00Z');
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'fernlake-source-'));
    stateFile = path.join(dir, 'source.json');
  });
  afterEach(() => rm(dir, { recursive: true }));

  const options = (): SourceServerOptions => ({ stateFile, rate: 10, speed: 60, nowMs: () => now });

  it('goes on from the newest record that it had reached, as if no time had passed', async () => {
    const first = await createSourceServer(options());
    now += 60_000;
    const reached = first.newestId();
    const record = first.generatedRecord(reached);
    await first.close();
    now += 86_400_000;
    const second = await createSourceServer(options());
    assert.equal(second.newestId(), reached);
    assert.deepEqual(second.generatedRecord(reached), record);
    now += 1_000;
    assert.ok(second.newestId() > reached);
    await second.close();
  });

  it('has written down what an answer shows before it sends it, so kill -9 takes nothing back', async () => {
    const server = await createSourceServer(options());
    now += 60_000;
    const shown = (await (await fetch(server.url)).json()) as { recordId: number }[];
    const elapsedMs = readState(stateFile)?.elapsedMs ?? 0;
    assert.equal(server.series.idOf(server.series.newestIndex(elapsedMs)), shown.at(-1)?.recordId);
    assert.deepEqual(await readdir(dir), ['source.json']);
    await server.close();
  });

  it('refuses the state of another series, and what is no state', async () => {
    await (await createSourceServer(options())).close();
    await assert.rejects(createSourceServer({ ...options(), seed: 2 }), {
      code: 'Configuration',
      message: /was begun with --\S+ \S+, not \S+.*in another folder/,
    });
    await writeFile(stateFile, '{"half a');
    await assert.rejects(createSourceServer(options()), {
      code: 'Configuration',
      message: /not a state of the sample API/,
    });
  });
});
