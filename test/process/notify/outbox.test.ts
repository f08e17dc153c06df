import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { Notice } from '../../../src/process/notify/notice.js';
import { Outbox } from '../../../src/process/notify/outbox.js';

const notice = (key: string, what = 'The source has given no answer.'): Notice => ({
  ...{ dataset: 'logs', state: 'begun', key, what, mend: 'npx fernlake doctor' },
  ...{ since: '2023-04-20T13:00:00.000Z', at: '2023-04-20T13:01:00.000Z' },
});

/** Answers with the status that `status` gives now, and keeps what it was sent. */
async function webhook(status: () => number): Promise<{ url: string; got: unknown[]; server: Server }> {
  const got: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (status() < 300) got.push(JSON.parse(body));
      response.writeHead(status()).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/services/SECRET`, got, server };
}

describe('notices on their way', function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-outbox-'));
    file = path.join(folder, 'kept', 'watch-logs.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reach a webhook with every field, and its text', async () => {
    const hook = await webhook(() => 204);
    try {
      const outbox = new Outbox(file, [{ webhook: hook.url }]);
      outbox.take({}, [notice('source-down')]);
      assert.deepEqual(await outbox.deliver(), []);
      assert.deepEqual(hook.got, [
        {
          text: 'fernlake logs: The source has given no answer.\nnpx fernlake doctor',
          ...notice('source-down'),
        },
      ]);
      assert.deepEqual(await outbox.deliver(), []);
      assert.equal(hook.got.length, 1);
    } finally {
      hook.server.close();
    }
  });

  it('wait for a receiver that does not take them, over the end of the process, in order, and hold up no other', async () => {
    let status = 500;
    const [broken, sound] = [await webhook(() => status), await webhook(() => 200)];
    const receivers = [{ webhook: broken.url }, { webhook: sound.url }];
    const keysOf = (got: readonly unknown[]) => got.map((each) => (each as Notice).key);
    try {
      const outbox = new Outbox(file, receivers);
      outbox.take({ a: { sinceMs: 1, toldFigure: 1, over: null } }, [notice('a'), notice('b')]);
      const [reason = '', ...more] = await outbox.deliver();
      assert.deepEqual(more, []);
      assert.match(reason, /^the webhook at 127\.0\.0\.1:\d+ did not take a notice: status 500$/);
      assert.doesNotMatch(reason, /SECRET/);
      assert.deepEqual([keysOf(broken.got), keysOf(sound.got)], [[], ['a', 'b']]);
      assert.equal(outbox.waiting, 2);
      // Another process goes on.
      const later = new Outbox(file, receivers);
      assert.equal(later.memory['a']?.sinceMs, 1);
      later.take(later.memory, [notice('c')]);
      status = 200;
      assert.deepEqual(await later.deliver(), []);
      assert.deepEqual(
        [keysOf(broken.got), keysOf(sound.got)],
        [
          ['a', 'b', 'c'],
          ['a', 'b', 'c'],
        ],
      );
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.doesNotMatch(readFileSync(file, 'utf8'), /SECRET/);
    } finally {
      broken.server.close();
      sound.server.close();
    }
  });

  it('say that nobody listens, and are still there then', async () => {
    const hook = await webhook(() => 200);
    hook.server.close();
    const outbox = new Outbox(file, [{ webhook: hook.url }]);
    outbox.take({}, [notice('a')]);
    assert.equal((await outbox.deliver()).length, 1);
    assert.equal(outbox.waiting, 1);
  });

  it('are mails at a mail server, and wait where it refuses them', async () => {
    const mails: string[] = [];
    let refuses = true;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_, __, done) => done(refuses ? new Error('no such user') : null),
      onData: (stream, _, done) => void text(stream).then((mail) => (mails.push(mail), done())),
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    try {
      const smtp = { host: '127.0.0.1', port, from: 'fernlake@example.com', to: ['ops@example.com'] };
      const outbox = new Outbox(file, [{ smtp }]);
      outbox.take({}, [notice('a', 'Two lines,\r\nBcc: nobody@example.com')]);
      const [reason] = await outbox.deliver();
      assert.match(reason ?? '', /^127\.0\.0\.1 \(SMTP\) did not take a notice: E\w+ 5\d\d$/);
      refuses = false;
      assert.deepEqual(await outbox.deliver(), []);
      const [mail = ''] = mails;
      assert.match(mail, /^To: ops@example\.com\r$/m);
      assert.match(mail, /^Subject: fernlake logs: Two lines/m);
      assert.doesNotMatch(mail.split('\r\n\r\n')[0] ?? '', /^Bcc:/m);
      assert.match(mail, /npx fernlake doctor/);
    } finally {
      server.close(() => undefined);
    }
  });

  it('begin anew where the file is none of ours', () => {
    assert.deepEqual(new Outbox(path.join(folder, 'none.json'), []).memory, {});
    assert.equal(existsSync(path.join(folder, 'none.json')), false);
  });
});
