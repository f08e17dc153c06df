import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import type { NativeConnection } from '@temporalio/worker';
import { connectWorker } from '../../src/process/connect-worker.js';
import { connectClient } from '../../src/process/connect.js';
import { readConfig } from '../../src/config/config.js';
import type { Check } from '../../src/inspect/doctor/check.js';
import { FernlakeError } from '../../src/errors.js';
import { fernlake } from '../commands/fernlake.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { type Certificate, type Certificates, certificatesOrSkip } from '../support/certificates.js';
import { tempLake } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { startTlsServer, type TlsServer } from '../support/temporal-tls.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

type Env = Readonly<Record<string, string>>;
const PAIR = /TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH/;

/** What a worker needs beside Temporal; the key opens nothing, and nothing is fetched. */
const NEEDED: Env = {
  FERNLAKE_LAKE: `file://${os.tmpdir()}`,
  FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/',
  FERNET_KEYS: Buffer.alloc(32).toString('base64url'),
};

/** By the environment alone, as a user has it. */
async function partsOf(env: Env) {
  const { temporal } = readConfig({}, { FERNLAKE_LAKE: 'file:///nowhere', ...env });
  const connected = await connectClient(temporal);
  let native: Promise<NativeConnection> | undefined;
  const nativeConnection = () => (native ??= connectWorker(temporal));
  return {
    parts: {
      client: connected.client,
      address: connected.address,
      namespace: 'default',
      nativeConnection,
    },
    close: async () => {
      await (await native)?.close();
      await connected.close();
    },
  };
}

/** Starts Temporal servers with TLS on loopback (certificates by openssl), a sample API, and processes of fernlake. */
describe('a Temporal server with TLS', function () {
  this.timeout(180_000);
  let certificates: Certificates;
  let source: SteppedSource;

  before(async function () {
    certificates = await certificatesOrSkip(this);
    source = await steppedSource({ steps: 6, recordsPerStep: 30, minutesPerStep: 20 });
  });
  after(async () => {
    await source?.server.close();
    certificates?.remove();
  });

  async function serverOrSkip(
    context: Mocha.Context,
    given: Partial<Parameters<typeof startTlsServer>[0]> = {},
  ): Promise<TlsServer> {
    const server = await startTlsServer({ certificates, ...given });
    if (server !== undefined) return server;
    console.warn('skipped: the tests with TLS need a Temporal server, and there is no Go that builds it');
    return context.skip();
  }

  /** What both clients say: that of commands and that of workers, which are two libraries. */
  async function refusals(env: Env): Promise<string[]> {
    const { temporal } = readConfig({}, { FERNLAKE_LAKE: 'file:///nowhere', ...env });
    return await Promise.all(
      [connectClient, connectWorker].map(async (connect) => {
        const connection = await connect(temporal).catch((error: unknown) => error as FernlakeError);
        assert(connection instanceof FernlakeError, 'it was let in');
        assert.equal(connection.code, 'Configuration');
        return connection.message;
      }),
    );
  }

  describe('that wants a client certificate', () => {
    let server: TlsServer;
    let run: Pipeline | undefined;
    let worker: WorkerProcess | undefined;
    let close: (() => Promise<void>) | undefined;
    before(async function () {
      server = await serverOrSkip(this);
    });
    after(async () => {
      await worker?.stop();
      await run?.close();
      await close?.();
      await server?.stop();
    });

    const with_ = (pair: Certificate, ca?: Certificate): Env => ({
      ...only(ca),
      TEMPORAL_TLS_CLIENT_CERT_PATH: pair.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: pair.key,
    });

    const only = (ca?: Certificate): Env => ({
      TEMPORAL_ADDRESS: server.address,
      ...(ca ? { TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca.cert } : {}),
    });

    it('carries the whole pipeline with the right one, and doctor finds everything well', async () => {
      const env = with_(certificates.client, certificates.authority);
      const { parts, ...connected } = await partsOf(env);
      close = connected.close;
      run = await pipeline(source.server.url, env, await tempLake(), parts);
      worker = await startWorkerProcess(run.env);
      const apply = await fernlake(['schedule', 'apply'], { cwd: '/', env: run.env });
      assert.equal(apply.code, 0, apply.stderr);
      await run.untilLanded(source.records.length);
      const shown = await fernlake(['schedule', 'show'], { cwd: '/', env: run.env });
      assert.match(shown.stdout, /running, a run every 2 s/);
      const { stdout } = await fernlake(['doctor', '--json'], { cwd: '/', env: run.env });
      const { checks } = JSON.parse(stdout) as { checks: Check[] };
      const temporal = checks.filter(({ name }) => /Temporal|schedule|workers/.test(name));
      assert.deepEqual([...new Set(temporal.map(({ state }) => state))], ['ok'], stdout);
      assert.equal(temporal.length, 5);
      await run.settle();
      await assertTable(run, source.records);
      await assertTidy(run);
    });

    /** Each waits until the client gives up, so all do at once. */
    const CASES: readonly (readonly [what: string, env: () => Env, text: RegExp, mend: RegExp])[] = [
      ['none was given', () => only(certificates.authority), /wants a client certificate and got none/, PAIR],
      [
        'one of another authority is not trusted',
        () => with_(certificates.impostor, certificates.authority),
        /the server does not trust the client certificate/,
        PAIR,
      ],
      [
        'one has ended, and when',
        () => with_(certificates.expired, certificates.authority),
        /the client certificate has ended on \d{4}-\d\d-\d\dT/,
        /put a new one in its place/,
      ],
      [
        'a certificate and a key do not belong together',
        () => with_({ ...certificates.client, key: certificates.server.key }, certificates.authority),
        /do not belong together/,
        PAIR,
      ],
      [
        'a file is no certificate',
        () => with_({ ...certificates.client, cert: certificates.client.key }, certificates.authority),
        /no PEM that can be read/,
        PAIR,
      ],
      [
        "another authority signed the server's",
        () => with_(certificates.client, certificates.stranger),
        /not signed by the authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
        /name the one that did/,
      ],
      [
        "the server's authority is not known",
        () => with_(certificates.client),
        /an authority that this machine does not know/,
        /TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
      ],
      [
        'TLS is lacking on this side',
        () => only(),
        /speaks TLS, and this side does not/,
        /TEMPORAL_TLS=true.*temporal-cloud\.md/,
      ],
    ];
    const said = new Map<string, Promise<string[]>>();
    before(() => {
      for (const [what, env] of CASES) {
        const all = refusals(env());
        all.catch(() => undefined); // each is awaited by its own test
        said.set(what, all);
      }
    });
    for (const [what, , text, mend] of CASES) {
      it(`says that ${what}, and what to do`, async () => {
        for (const message of (await said.get(what)) ?? []) {
          assert(message.includes(`${server.address} (TEMPORAL_ADDRESS): `), message);
          assert.match(message, text);
          assert.match(message.split('To mend it: ')[1] ?? '', mend);
        }
      });
    }

    it('is told of by commands and by doctor, which go on with their other checks', async () => {
      const env = { ...NEEDED, ...with_(certificates.impostor, certificates.authority) };
      const [show, worker, doctor] = await Promise.all(
        [['schedule', 'show'], ['worker'], ['doctor']].map((args) => fernlake(args, { cwd: '/', env })),
      );
      for (const one of [show, worker]) assert.equal(one?.code, 2, one?.stderr);
      for (const text of [show?.stderr, worker?.stderr, doctor?.stdout])
        assert.match(text ?? '', /the server does not trust the client certificate/);
      assert.match(doctor?.stdout ?? '', /lake: write/);
    });

    it('takes half a pair, and a setting that the SDK passes over, for faults', async () => {
      const half: Record<string, string> = { ...with_(certificates.client) };
      delete half['TEMPORAL_TLS_CLIENT_KEY_PATH'];
      const env = { ...half, TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' };
      await assert.rejects(refusals(env), (error: Error) => {
        assert.match(error.message, /CLIENT_KEY_PATH is not set, but TEMPORAL_TLS_CLIENT_CERT_PATH is/);
        assert.match(error.message, /TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not known/);
        return true;
      });
    });
  });

  describe('that asks for an API key, under another name', () => {
    let server: TlsServer;
    let keys: Server;
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    /** A token as the server's own authorizer takes it: `permissions` are namespace:role. */
    const apiKey = (permissions: readonly string[], lifeS = 3600): string => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const exp = Math.floor(Date.now() / 1000) + lifeS;
      const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${part({ sub: 'test', permissions, exp })}`;
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    };

    before(async function () {
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' };
      keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
      keys.listen(0, '127.0.0.1');
      await once(keys, 'listening');
      server = await serverOrSkip(this, {
        shows: certificates.elsewhere,
        jwksUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`,
        apiKey: apiKey(['temporal-system:admin', 'default:admin']),
      });
    });
    after(async () => {
      await server?.stop();
      keys?.closeAllConnections();
      keys?.close();
    });

    it('takes a worker and a schedule with a key that may write', async () => {
      const env = { ...server.env, TEMPORAL_API_KEY: apiKey(['default:write']) };
      const { parts, close } = await partsOf(env);
      const run = await pipeline('http://127.0.0.1:9/', env, await tempLake(), parts);
      const worker = await startWorkerProcess(run.env);
      try {
        assert.equal((await fernlake(['schedule', 'apply'], { cwd: '/', env: run.env })).code, 0);
        const { stdout } = await fernlake(['doctor', '--json'], { cwd: '/', env: run.env });
        const { checks } = JSON.parse(stdout) as { checks: Check[] };
        const states = new Map(checks.map(({ name, state }) => [name, state]));
        assert.deepEqual(
          ['Temporal', 'Temporal: namespace', 'schedule', 'workers'].map((name) => states.get(name)),
          ['ok', 'ok', 'ok', 'ok'],
          stdout,
        );
        assert(!worker.output().includes(env.TEMPORAL_API_KEY));
      } finally {
        await worker.stop();
        await run.close();
        await close();
      }
    });

    for (const [what, key] of [
      ['that is none', () => 'abc'],
      ['that has ended', () => apiKey(['default:write'], -60)],
      ['for another namespace', () => apiKey(['other:write'])],
    ] as const) {
      it(`says that a key ${what} is refused, and does not show it`, async () => {
        const env = { ...NEEDED, ...server.env, TEMPORAL_API_KEY: key() };
        for (const args of [['schedule', 'show'], ['worker']]) {
          const { code, stderr } = await fernlake(args, { cwd: '/', env });
          assert.equal(code, 2, stderr);
          assert.match(stderr, /refuses: the API key is wrong, has ended, or has no right to this namespace/);
          assert.match(stderr, /To mend it: set a key \(TEMPORAL_API_KEY\)/);
          assert(!stderr.includes(env.TEMPORAL_API_KEY), stderr);
        }
      });
    }

    it('says that its certificate is for another name', async () => {
      const env: Record<string, string> = { ...server.env };
      delete env['TEMPORAL_TLS_SERVER_NAME'];
      for (const message of await refusals(env)) {
        assert.match(message, /certificate is for another name.*temporal\.example\.com/);
        assert.match(message, /To mend it: .*TEMPORAL_TLS_SERVER_NAME/);
      }
    });
  });
});
