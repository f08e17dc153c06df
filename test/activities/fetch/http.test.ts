import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { diarySource } from '../../support/diary-source.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

const ENVELOPES = [
  { recordId: 1, ArrivalTimeStamp: 1.5, data: 'gAAAAA' },
  { recordId: 2, ArrivalTimeStamp: 2.5, data: 'gAAAAB' },
];
const BODY = JSON.stringify(ENVELOPES);

describe('the HTTP source', () => {
  it('hands back the body byte for byte, the elements, the status and the times', async () => {
    await withServer(answering(200, ` ${BODY}\n`), async ({ url }) => {
      const beforeMs = Date.now();
      const answer = await diarySource({ url }).poll();
      assert.equal(answer.body.toString(), ` ${BODY}\n`);
      assert.deepEqual(answer.envelopes, ENVELOPES);
      assert.equal(answer.status, 200);
      assert.ok(answer.fetchedAtMs >= beforeMs && answer.fetchedAtMs <= Date.now());
      assert.ok(answer.elapsedMs >= 0 && answer.elapsedMs < 5_000);
    });
  });

  it('decodes gzip', async () => {
    await withServer(answering(200, gzipSync(BODY), { 'content-encoding': 'gzip' }), async ({ url }) => {
      assert.equal((await diarySource({ url }).poll()).body.toString(), BODY);
    });
  });

  it('takes an empty array for an answer: the source has nothing to show', async () => {
    await withServer(answering(200, '[]'), async ({ url }) => {
      assert.deepEqual((await diarySource({ url }).poll()).envelopes, []);
    });
  });

  it('asks past every cache, with a parameter that no request had before, and keeps the query as it was', async () => {
    await withServer(answering(200, BODY), async ({ url, requests }) => {
      const source = diarySource({ url: `${url}?a=b%20c` });
      for (let i = 0; i < 3; i++) await source.poll();
      const urls = requests.map((request) => request.url);
      assert.equal(new Set(urls).size, 3);
      for (const asked of urls)
        assert.match(String(asked), /^\/api\/data\/log\?a=b%20c&_=[0-9a-z]+-[0-9a-z]+$/);
      assert.equal(requests[0]?.headers['cache-control'], 'no-cache');
      assert.equal(requests[0]?.headers['user-agent'], 'fernlake');
    });
  });

  it('keeps the connection between polls', async () => {
    await withServer(answering(200, BODY), async ({ url, requests }) => {
      const source = diarySource({ url });
      const ports = new Set<number | undefined>();
      for (let i = 0; i < 3; i++) {
        await source.poll();
        ports.add(requests[i]?.socket.remotePort);
      }
      assert.equal(ports.size, 1);
    });
  });

  it('asks once and never again, whatever the answer', async () => {
    await withServer(answering(503, 'busy'), async ({ url, requests }) => {
      await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
      assert.equal(requests.length, 1);
    });
  });

  it('refuses a URL that it cannot ask, without showing it', () => {
    for (const url of ['', 'nonsense', 'ftp://host/secret', 'file:///etc/passwd']) {
      assert.throws(() => diarySource({ url }), {
        code: 'Configuration',
        kind: 'terminal',
        message: /http or https URL/,
      });
    }
  });
});
