import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkClock } from '../../../src/inspect/doctor/clock.js';
import type { State } from '../../../src/inspect/doctor/check.js';

/** A server on loopback whose Date is off by so much; without one for undefined. */
async function skewed(offMs: number | undefined): Promise<{ state: State; says: string }> {
  const server = createServer((request, response) => {
    assert.equal(request.headers.authorization, undefined);
    response.sendDate = false;
    if (offMs !== undefined) response.setHeader('date', new Date(Date.now() + offMs).toUTCString());
    response.writeHead(401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await checkClock({ url: `http://user:secret@127.0.0.1:${port}/log?token=x` });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Starts HTTP servers on loopback. */
describe("this machine's clock against the source's", () => {
  it('is well within seconds', async () => {
    assert.equal((await skewed(0)).state, 'ok');
  });

  it('is warned of from five seconds on, and fails from a minute on, both ways', async () => {
    const [ahead, behind, far, farBehind] = await Promise.all([-20_000, 20_000, -90_000, 90_000].map(skewed));
    assert.deepEqual([ahead?.state, behind?.state], ['warning', 'warning']);
    assert.match(ahead?.says ?? '', /^this machine is (19|20)\.\d s ahead of the source$/);
    assert.match(behind?.says ?? '', /^this machine is (19|20)\.\d s behind the source$/);
    assert.deepEqual([far?.state, farBehind?.state], ['failed', 'failed']);
  });

  it('is not judged by a server that says no time, or is not there', async () => {
    assert.equal((await skewed(undefined)).state, 'skipped');
    assert.equal((await checkClock({ url: 'http://127.0.0.1:9/' })).state, 'skipped');
  });
});
