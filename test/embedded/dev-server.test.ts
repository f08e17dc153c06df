import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { isFernlakeError } from '../../src/errors.js';
import { startDevServer, type DevServer, type DevServerOptions } from '../../src/embedded/dev-server.js';
import { freePort, portAnswers } from '../../src/embedded/ports.js';
import { isRunning } from '../../src/config/running-process.js';
import { temporalCli } from '../support/temporal-cli.js';

const keeperFile = fileURLToPath(new URL('cases/keeper.js', import.meta.url));

describe('the Temporal dev server', function () {
  this.timeout(60_000);

  let dir: string;
  let cliPath: string;
  const lines: string[] = [];
  const started: DevServer[] = [];

  before(async function () {
    this.timeout(15 * 60_000);
    cliPath = await temporalCli();
  });

  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-dev-server-'));
    lines.length = 0;
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
    rmSync(dir, { recursive: true });
  });

  async function start(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
    const server = await startDevServer({
      cliPath,
      port: 0,
      uiPort: false,
      log: (l) => lines.push(l),
      ...options,
    });
    started.push(server);
    return server;
  }

  async function withClient<T>(server: DevServer, use: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: server.address });
    try {
      return await use(new Client({ connection, namespace: server.namespace }));
    } finally {
      await connection.close();
    }
  }

  it('answers in its namespace with its search attributes registered, and is gone after stop', async () => {
    const server = await start({
      namespace: 'sampling',
      searchAttributes: { FernlakeSample: 'KeywordList' },
    });
    await withClient(server, async ({ connection }) => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'sampling',
      });
      assert('FernlakeSample' in (customAttributes ?? {}));
    });
    assert.equal(server.uiUrl, undefined);
    const exit = await server.stop();
    assert.equal(exit.signal, null, 'it ended by itself at SIGTERM');
    assert.deepEqual(await server.stop(), exit);
    assert.equal(isRunning(server.pid), false);
    assert.equal(existsSync(server.logFile), false);
  });

  it('has a Web UI when asked', async () => {
    const server = await start({ uiPort: await freePort() });
    assert(server.uiUrl !== undefined);
    const page = await fetch(server.uiUrl);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<html/i);
  });

  it('takes free ports, and says so, when those it should have are taken', async () => {
    const holders = [net.createServer().listen(0, '127.0.0.1'), net.createServer().listen(0, '127.0.0.1')];
    try {
      const [port, uiPort] = await Promise.all(
        holders.map(async (holder) => {
          await once(holder, 'listening');
          return (holder.address() as net.AddressInfo).port;
        }),
      );
      assert(port !== undefined && uiPort !== undefined);
      const server = await start({ port, uiPort });
      assert.notEqual(server.address, `127.0.0.1:${port}`);
      assert.equal((await fetch(server.uiUrl ?? '')).status, 200);
      assert.match(
        lines.join('\n'),
        new RegExp(`${port} \\(Temporal\\).*\\n.*${uiPort} \\(Temporal Web UI\\)`),
      );
    } finally {
      for (const holder of holders) holder.close();
    }
  });

  it('does not take the answers of another one, which got the same port first, for its own', async () => {
    const slow = path.join(dir, 'slow');
    writeFileSync(slow, `#!/bin/sh\nsleep 3\nexec ${cliPath} "$@"\n`, { mode: 0o755 });
    const port = await freePort();
    const starting = start({ port, cliPath: slow });
    await sleep(1_000); // it has chosen its port, and does not listen there yet
    const early = await start({ port });
    const late = await starting;
    assert.notEqual(late.address, early.address);
    for (const { address, pid } of [late, early])
      assert(isRunning(pid) && (await portAnswers(Number(address.split(':')[1]))), address);
  });

  it('starts once more when a port of its own choice was taken, and says no more than that', async () => {
    const unlucky = path.join(dir, 'unlucky');
    // As a server dies that lost a port: the reason, then a stack that fills a screen.
    const death =
      'echo "panic: listen tcp 127.0.0.1:40123: bind: address already in use"; echo; echo "goroutine 1 [running]:"; ' +
      'for i in $(seq 60); do echo "go.temporal.io/server/temporal.(*ServerImpl).Start(0xc000$i)"; done; exit 2';
    writeFileSync(
      unlucky,
      `#!/bin/sh\n[ -e ${dir}/once ] || { touch ${dir}/once; ${death}; }\nexec ${cliPath} "$@"\n`,
      {
        mode: 0o755,
      },
    );
    await start({ cliPath: unlucky });
    writeFileSync(unlucky, `#!/bin/sh\n${death}\n`);
    await assert.rejects(start({ cliPath: unlucky }), (error) => {
      assert(isFernlakeError(error, 'Configuration'));
      assert.match(
        error.message,
        /did not start: other processes took its ports .*\. Start it again\. Its whole log is in/,
      );
      assert.equal(error.message.includes('\n'), false, error.message);
      rmSync(String(error.details['logFile']), { force: true });
      return true;
    });
  });

  it('carries on from its SQLite file after a restart', async () => {
    const dbFile = path.join(dir, 'made', 'temporal.db');
    const first = await start({ dbFile });
    const options = { workflowId: 'kept', taskQueue: 'nobody', args: [] };
    const handle = await withClient(first, (client) => client.workflow.start('sample', options));
    await first.stop();
    const second = await start({ dbFile });
    const description = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
    assert.equal(description.runId, handle.firstExecutionRunId);
    assert.equal(description.status.name, 'RUNNING');
    assert(existsSync(`${dbFile}.log.1`), 'the log of the former start is kept');
  });

  it('refuses a SQLite file that another dev server has open, naming that process', async () => {
    const dbFile = path.join(dir, 'temporal.db');
    const first = await start({ dbFile });
    await assert.rejects(start({ dbFile }), (error) => {
      assert(isFernlakeError(error, 'Configuration'));
      assert.match(error.message, new RegExp(`in use by process ${first.pid}`));
      return true;
    });
    await first.stop();
    await start({ dbFile });
  });

  it('ignores the lock of a process that has gone', async () => {
    const dbFile = path.join(dir, 'temporal.db');
    writeFileSync(`${dbFile}.lock`, `${process.pid} 1\n`); // our id, but a process that began at boot
    const server = await start({ dbFile });
    assert.match(readFileSync(`${dbFile}.lock`, 'utf8'), new RegExp(`^${server.pid} `));
    await server.stop();
    assert.equal(existsSync(`${dbFile}.lock`), false);
  });

  it('shows the end of the log and the mend when the SQLite file is damaged', async () => {
    const dbFile = path.join(dir, 'temporal.db');
    writeFileSync(dbFile, 'this is not a database');
    await assert.rejects(start({ dbFile }), (error) => {
      assert(isFernlakeError(error, 'Configuration'));
      assert.match(error.message, /did not start: it ended with exit code 1/);
      assert.match(error.message, /temporal\.db is damaged: move it away/);
      assert.match(error.message, /file is not a database/);
      return true;
    });
    assert.equal(existsSync(`${dbFile}.lock`), false);
  });

  it('says in one sentence that the binary cannot be run', async () => {
    await assert.rejects(start({ cliPath: path.join(dir, 'temporal') }), /did not start: it cannot be run/);
  });

  it('says when it ends by itself', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    assert.deepEqual(await server.exited, { code: null, signal: 'SIGKILL' });
    rmSync(server.logFile, { force: true });
  });

  describe('beside the process that started it', () => {
    let keeper: ChildProcess;
    let output: AsyncIterator<string, undefined>;

    async function next(): Promise<Record<string, unknown>> {
      const { value, done } = await output.next();
      assert(done !== true, 'the keeper ended early');
      return JSON.parse(value) as Record<string, unknown>;
    }

    beforeEach(async () => {
      // A process group of its own, as a shell gives to what it starts in the foreground.
      keeper = spawn(process.execPath, [keeperFile, cliPath, path.join(dir, 'temporal.db')], {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      assert(keeper.stdout);
      output = readline.createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
    });

    it('survives a Ctrl-C that reaches the whole group, until it is stopped', async () => {
      const { pid } = await next();
      process.kill(-Number(keeper.pid), 'SIGINT');
      assert.deepEqual(await next(), { stillAnswers: true });
      assert.deepEqual(await next(), { stopped: true });
      if (keeper.exitCode === null) await once(keeper, 'exit');
      assert.equal(isRunning(Number(pid)), false);
    });

    it('goes when that one is killed with -9, and its SQLite file can be opened again', async () => {
      const { pid, address } = await next();
      keeper.kill('SIGKILL');
      for (let i = 0; i < 100 && isRunning(Number(pid)); i++) await sleep(100);
      assert.equal(isRunning(Number(pid)), false);
      assert.equal(await portAnswers(Number(String(address).split(':')[1])), false);
      await start({ dbFile: path.join(dir, 'temporal.db') });
    });
  });
});
