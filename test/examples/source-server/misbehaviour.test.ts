import assert from 'node:assert/strict';
import {
  createSourceServer,
  type Behaviour,
  type SourceServer,
} from '../../../examples/source-server/index.js';
import type { FailureCode } from '../../../src/errors.js';
import { diarySource } from '../../support/diary-source.js';
import { failing } from '../../activities/fetch/failing.js';

describe('the sample API, told to misbehave', () => {
  let server: SourceServer;
  let now = Date.parse('2026-01-15T12:00:00Z');
  beforeEach(async () => {
    server = await createSourceServer({
      history: 100,
      rate: 10,
      slowMs: 150,
      retryAfterSeconds: 2,
      nowMs: () => now,
    });
  });
  afterEach(() => server.close());

  const outcomes: readonly [Behaviour, FailureCode][] = [
    ['400', 'SourceRefused'],
    ['401', 'SourceRefused'],
    ['403', 'SourceRefused'],
    ['404', 'SourceRefused'],
    ['redirect', 'SourceRefused'],
    ['408', 'SourceAnswer'],
    ['425', 'SourceAnswer'],
    ['429', 'SourceAnswer'],
    ['500', 'SourceAnswer'],
    ['502', 'SourceAnswer'],
    ['503', 'SourceAnswer'],
    ['504', 'SourceAnswer'],
    ['html', 'SourceAnswer'],
    ['truncated', 'SourceAnswer'],
    ['empty', 'SourceAnswer'],
    ['object', 'SourceAnswer'],
    ['reset', 'SourceUnreachable'],
    ['silent', 'SourceUnreachable'],
  ];
  for (const [behaviour, code] of outcomes) {
    it(`${behaviour}: the source says ${code}, and the next answer is good`, async () => {
      const source = diarySource({ url: server.url, timeoutMs: 1_000 });
      server.script([behaviour]);
      const error = await failing(source.poll(), code, code === 'SourceRefused' ? 'terminal' : 'transient');
      assert.equal(error.retryAfterMs, behaviour === '429' || behaviour === '503' ? 2_000 : undefined);
      assert.equal((await source.poll()).envelopes.length, 100);
      assert.deepEqual(server.answers(), { [behaviour]: 1, ok: 1 });
    });
  }

  it('slow: the answer comes, late', async () => {
    server.script(['slow']);
    const answer = await diarySource({ url: server.url }).poll();
    assert.ok(answer.elapsedMs >= 140 && answer.envelopes.length === 100);
  });

  it('stalled: the window stands still while time passes, in new tokens', async () => {
    const source = diarySource({ url: server.url });
    const before = (await source.poll()).envelopes as { recordId: number; data: string }[];
    now += 5_000;
    server.script(['stalled', 'ok']);
    const stalled = (await source.poll()).envelopes as { recordId: number; data: string }[];
    assert.deepEqual(
      stalled.map((envelope) => envelope.recordId),
      before.map((envelope) => envelope.recordId),
    );
    assert.notEqual(stalled[0]?.data, before[0]?.data);
    const after = (await source.poll()).envelopes as { recordId: number }[];
    assert.ok((after.at(-1)?.recordId ?? 0) >= (before.at(-1)?.recordId ?? 0) + 48);
  });

  it('at given rates: the same requests go wrong every time, in about that share', async () => {
    const draws: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const flaky = await createSourceServer({ seed: 3, fail: { '502': 0.2, html: 0.1 } });
      const statuses: number[] = [];
      for (let i = 0; i < 200; i++)
        statuses.push((await fetch(flaky.url).then(async (r) => (await r.text(), r))).status);
      const answers = flaky.answers();
      assert.ok(
        Math.abs((answers['502'] ?? 0) - 40) < 20 && Math.abs((answers.html ?? 0) - 20) < 15,
        JSON.stringify(answers),
      );
      draws.push(statuses);
      await flaky.close();
    }
    assert.deepEqual(draws[0], draws[1]);
  });

  it('in an outage: from its begin to its end', async () => {
    const out = await createSourceServer({
      nowMs: () => now,
      outages: [{ fromMs: 1_000, toMs: 2_000, behaviour: '504' }],
    });
    const status = async (): Promise<number> => (await fetch(out.url)).status;
    assert.equal(await status(), 200);
    now += 1_000;
    assert.equal(await status(), 504);
    now += 1_000;
    assert.equal(await status(), 200);
    await out.close();
  });

  it('by POST /control, from this machine', async () => {
    const url = server.url.replace('/api/data/log', '/control');
    const post = (body: string, type = 'application/json'): Promise<Response> =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
    assert.equal((await post('{"script":["502","ok"],"fail":{"html":1}}')).status, 200);
    assert.equal((await fetch(server.url)).status, 502);
    assert.match((await fetch(server.url)).headers.get('content-type') ?? '', /json/);
    assert.match((await fetch(server.url)).headers.get('content-type') ?? '', /html/);
    assert.equal((await post('{"script":["nonsense"]}')).status, 400);
    assert.equal((await post('{"fail":{"502":7}}')).status, 400);
    assert.equal((await post('nonsense')).status, 400);
    assert.equal((await post('{"script":["502"]}', 'text/plain')).status, 415);
    const status = (await (await fetch(url)).json()) as { requests: number };
    assert.equal(status.requests, 3);
  });
});
