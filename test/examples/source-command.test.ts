import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** The command by itself, in a process that can be killed. */
const SCRIPT = `
  import { Command } from 'commander';
  import { registerSource } from ${JSON.stringify(new URL('../../src/commands/source.js', import.meta.url).href)};
  const program = new Command();
  registerSource(program);
  await program.parseAsync(['node', 'fernlake', ...process.argv.slice(1)]);
`;

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

describe('fernlake source', () => {
  let dir: string;
  const children: ChildProcess[] = [];
  before(async () => (dir = await mkdtemp(path.join(tmpdir(), 'fernlake-source-'))));
  after(() => rm(dir, { recursive: true }));
  afterEach(async () => {
    for (const child of children.splice(0)) await ended(child, 'SIGKILL');
  });

  async function start(...options: string[]): Promise<Running> {
    const args = ['--input-type=module', '-e', SCRIPT, '--', 'source', '--port', '0', ...options];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /http:\S+\/api\/data\/log/.exec(line)?.[0];
      if (url) return { child, url };
    }
    throw new Error('the command ended without an address');
  }

  const newestId = async (url: string): Promise<number> => {
    const envelopes = (await (await fetch(url)).json()) as { recordId: number }[];
    return envelopes.at(-1)?.recordId ?? 0;
  };

  it('prints its address, serves, and ends with 0 on SIGTERM', async () => {
    const { child, url } = await start('--history', '3');
    assert.ok((await newestId(url)) >= 2462382);
    assert.equal(await ended(child, 'SIGTERM'), 0);
  });

  it('goes on after kill -9 from the newest record that it had shown', async () => {
    const options = ['--rate', '100', '--state', path.join(dir, 'state.json')];
    const first = await start(...options);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const shown = await newestId(first.url);
    await ended(first.child, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const second = await start(...options);
    const next = await newestId(second.url);
    // It saves the clock every half second and at every answer; the seconds of being dead are not made up for.
    assert.ok(next >= shown && next < shown + 200, `${shown}, then ${next}`);
  });
});

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}
