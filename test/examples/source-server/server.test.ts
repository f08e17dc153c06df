import assert from 'node:assert/strict';
import fernet from 'fernet';
import {
  createSourceServer,
  DEMO_KEY,
  type Envelope,
  type SourceServerOptions,
} from '../../../examples/source-server/index.js';
import type { SourceServer } from '../../../examples/source-server/index.js';

const NOON_MS = Date.parse('2026-01-15T12:00:00Z');

/** The server with a clock that stands still until the test moves it. */
async function serving(
  options: SourceServerOptions,
  test: (server: SourceServer, pass: (ms: number) => void) => Promise<void>,
): Promise<void> {
  let now = NOON_MS;
  const server = await createSourceServer({ nowMs: () => now, ...options });
  try {
    await test(server, (ms) => (now += ms));
  } finally {
    await server.close();
  }
}

const ask = async (server: SourceServer): Promise<Envelope[]> =>
  (await (await fetch(server.url)).json()) as Envelope[];
const idsOf = (envelopes: readonly Envelope[]): number[] => envelopes.map((envelope) => envelope.recordId);
const decrypted = (envelope: Envelope): string =>
  new fernet.Token({ secret: new fernet.Secret(DEMO_KEY), token: envelope.data, ttl: 0 }).decode();

describe('the sample API', () => {
  it('begins with one record, grows to its window of 100, and then slides', async () => {
    await serving({ rate: 10 }, async (server, pass) => {
      assert.deepEqual(idsOf(await ask(server)), [2462380]);
      pass(5_000);
      const grown = (await ask(server)).length;
      assert.ok(grown > 40 && grown < 62, String(grown));
      pass(95_000);
      const envelopes = await ask(server);
      assert.equal(envelopes.length, 100);
      assert.deepEqual(
        idsOf(envelopes),
        Array.from({ length: 100 }, (_, i) => server.newestId() - 99 + i),
      );
      assert.ok(Math.abs(server.newestId() - 2462380 - 1_000) <= 12, String(server.newestId()));
    });
  });

  it('serves exactly the records that can be computed, in tokens that the fernet package reads', async () => {
    await serving({ rate: 10, history: 30 }, async (server) => {
      const envelopes = await ask(server);
      assert.equal(envelopes.length, 30);
      for (const envelope of envelopes) {
        const { plaintext, eventMs } = server.generatedRecord(envelope.recordId);
        assert.equal(decrypted(envelope), plaintext);
        assert.equal(envelope.ArrivalTimeStamp, eventMs / 1000);
        assert.deepEqual(Object.keys(envelope), ['recordId', 'ArrivalTimeStamp', 'data']);
      }
    });
  });

  it("pads its tokens, as the real API's are: Python's cryptography reads no others", async () => {
    await serving({}, async (server) => {
      const tokens = (await ask(server)).map(({ data }) => String(data));
      assert.ok(tokens.length > 0);
      for (const token of tokens) assert.match(token, /^(?:[\w-]{4})+(?:[\w-]{2}==|[\w-]{3}=)?$/);
      assert.ok(tokens.some((token) => token.endsWith('=')));
    });
  });

  it('mints every token anew at every request', async () => {
    await serving({ history: 10 }, async (server) => {
      const tokens = [...(await ask(server)), ...(await ask(server))].map((envelope) => envelope.data);
      assert.equal(new Set(tokens).size, 20);
    });
  });

  it('serves a recorded capture as it is, to its end and then no more', async () => {
    const capture = Array.from({ length: 250 }, (_, i) => ({
      recordId: 900 + i,
      ArrivalTimeStamp: i,
      data: `token${i}`,
    }));
    await serving({ capture, rate: 10 }, async (server, pass) => {
      assert.deepEqual(await ask(server), capture.slice(0, 1));
      pass(14_900);
      assert.deepEqual(await ask(server), capture.slice(50, 150));
      pass(1_000_000);
      assert.deepEqual(await ask(server), capture.slice(150));
      assert.equal(server.newestId(), 1149);
    });
  });

  it('shows doubled, conflicting and disordered records when asked to', async () => {
    await serving({ history: 100, duplicates: 0.2, conflicts: 0.1, shuffle: true }, async (server) => {
      const envelopes = await ask(server);
      const ids = idsOf(envelopes);
      assert.equal(new Set(ids).size, 100);
      assert.notDeepEqual(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      const { series } = server;
      const all = Array.from({ length: 100 }, (_, index) => index);
      const conflicts = all.filter((index) => series.conflictAt(index) !== undefined);
      assert.ok(conflicts.length > 0);
      assert.equal(
        ids.length,
        100 + conflicts.length + all.filter((index) => series.isDoubled(index)).length,
      );
      for (const index of conflicts) {
        const texts = envelopes.filter((envelope) => envelope.recordId === series.idOf(index)).map(decrypted);
        assert.ok(texts.includes(series.recordAt(index).plaintext));
        assert.ok(texts.includes(series.conflictAt(index)?.plaintext ?? ''));
        assert.notEqual(series.conflictAt(index)?.plaintext, series.recordAt(index).plaintext);
      }
    });
  });

  it('serves what a test makes of the answer, or a body of its own', async () => {
    await serving(
      { mutate: (envelopes) => envelopes.map(({ recordId }) => String(recordId)) },
      async (server) => {
        assert.deepEqual(await ask(server), ['2462380']);
      },
    );
    await serving(
      { respond: ({ request }) => (request === 1 ? { status: 418, body: 'tea' } : undefined) },
      async (server) => {
        assert.equal((await fetch(server.url)).status, 200);
        assert.equal((await fetch(server.url)).status, 418);
      },
    );
  });

  it('says plainly that its port is taken', async () => {
    await serving({}, async (server) => {
      await assert.rejects(createSourceServer({ port: server.port }), {
        code: 'Configuration',
        message: /cannot listen on 127\.0\.0\.1 port \d+: somebody else listens there; choose another port/,
      });
    });
  });
});
