import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { repoFile } from './files.js';

interface Outcome {
  code: number;
  said: string;
}

function check(env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [repoFile('deploy/healthcheck.mjs')],
      { env },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, said: out + err }),
    );
  });
}

async function against(listener: RequestListener): Promise<Outcome> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await check({ FERNLAKE_HTTP_PORT: String((server.address() as AddressInfo).port) });
  } finally {
    server.close();
  }
}

describe('deploy/healthcheck.mjs', () => {
  it('is content when the worker answers /healthz with 200', async () => {
    const { code, said } = await against((request, response) => {
      response.statusCode = request.url === '/healthz' ? 200 : 404;
      response.end('ok');
    });
    assert.deepEqual({ code, said }, { code: 0, said: 'ok\n' });
  });

  it('fails, with what was answered, when the worker says that it is not well', async () => {
    const { code, said } = await against((_request, response) => {
      response.statusCode = 503;
      response.end('draining');
    });
    assert.equal(code, 1);
    assert.match(said, /answered 503: draining/);
  });

  it('fails when nothing listens, and says why', async () => {
    const { code, said } = await check({ FERNLAKE_HTTP_PORT: '1' });
    assert.equal(code, 1);
    assert.match(said, /unhealthy: .*(bad port|ECONNREFUSED)/);
  });

  it('fails without a port where process 1 is something else', async function () {
    if (process.platform !== 'linux') {
      console.warn('      SKIPPED: there is no /proc on this system');
      return this.skip();
    }
    const { code, said } = await check({});
    assert.equal(code, 1);
    assert.match(said, /process 1 is not fernlake/);
  });
});
