import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { TEMPORAL_SERVER_VERSION } from '../support/temporal-build.js';
import { readRepoFile, repoFile } from './files.js';
import { pythonTool, run } from './python-tools.js';

const FILE = 'docker-compose.temporal.yml';

interface Service {
  image: string;
  ports?: string[];
  restart?: string;
  profiles?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  read_only?: boolean;
  /** A list for the worker: names alone are passed on. */
  environment?: string[];
  stop_grace_period?: string;
}

interface Compose {
  services: Record<string, Service>;
  configs: Record<string, { content: string }>;
}

const compose = parse(readRepoFile(FILE), { merge: true }) as Compose;
const service = (name: string): Service => {
  const found = compose.services[name];
  assert.ok(found, `no service ${name}`);
  return found;
};

describe('docker-compose.temporal.yml', () => {
  it("holds to the Compose specification's own schema", async function () {
    this.timeout(400_000);
    const tool = await pythonTool('check-jsonschema');
    if (!tool) return this.skip();
    const args = ['--builtin-schema', 'vendor.compose-spec', repoFile(FILE)];
    const { status, output } = run(tool, args);
    assert.equal(status, 0, output);
  });

  it('pins every image to an exact version and uses none that is deprecated', () => {
    for (const [name, { image }] of Object.entries(compose.services)) {
      assert.doesNotMatch(image, /auto-setup|:latest$/, name);
      assert.match(image, /:(\d+\.\d+(\.\d+)?(-[a-z]+)?|local)$/, name);
    }
    assert.equal(
      service('temporal').image.split(':')[1],
      service('schema').image.split(':')[1],
      'the schema belongs to the server',
    );
    assert.equal(
      service('temporal').image.split(':')[1],
      TEMPORAL_SERVER_VERSION,
      'the tests run another one',
    );
  });

  it('opens ports on this machine only', () => {
    const ports = Object.values(compose.services).flatMap((each) => each.ports ?? []);
    assert.deepEqual(ports.length, 2);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('holds no secret, and refuses to start without the password', () => {
    const text = readRepoFile(FILE);
    const values = [...text.matchAll(/(?:PASSWORD|PWD): (.*)$/gm)].map((match) => match[1] ?? '');
    assert.equal(values.length, 3);
    for (const value of values) assert.match(value, /^\$\{TEMPORAL_POSTGRES_PASSWORD:\?/);
  });

  it('starts in order: database, schema, server, then namespace, UI and worker', () => {
    const waitsFor = (name: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(service(name).depends_on ?? {}).map(([other, { condition }]) => [other, condition]),
      );
    assert.deepEqual(waitsFor('schema'), { postgresql: 'service_healthy' });
    assert.equal(waitsFor('temporal')['schema'], 'service_completed_successfully');
    assert.deepEqual(waitsFor('namespace'), { temporal: 'service_healthy' });
    assert.deepEqual(waitsFor('ui'), { temporal: 'service_healthy' });
    assert.deepEqual(waitsFor('worker'), { namespace: 'service_completed_successfully' });
  });

  it('restarts and watches what stays up, and gives up on a job that keeps failing', () => {
    for (const name of ['postgresql', 'temporal', 'ui', 'worker']) {
      assert.equal(service(name).restart, 'unless-stopped', name);
    }
    for (const name of ['postgresql', 'temporal', 'ui']) assert.ok(service(name).healthcheck?.test, name);
    for (const name of ['schema', 'namespace']) assert.equal(service(name).restart, 'on-failure:5', name);
  });

  it('runs the worker read-only, only when asked, and stops it later than its own grace time', () => {
    const worker = service('worker');
    assert.equal(worker.read_only, true);
    assert.deepEqual(worker.profiles, ['worker']);
    assert.equal(worker.stop_grace_period, '90s');
  });

  it('passes every setting of .env.example on to the worker', () => {
    /** The port's address is the container's own, and the CLI is for `fernlake up`. */
    const notForIt = ['FERNLAKE_HTTP_HOST', 'FERNLAKE_TEMPORAL_CLI'];
    const settings = Array.from(
      readRepoFile('.env.example').matchAll(
        /^# (FERNLAKE_\w+|TEMPORAL_(?:DEPLOYMENT|WORKER)_\w+|\w+_PROXY)=/gm,
      ),
      ([, name = '']) => name,
    );
    assert(settings.length >= 20, settings.join());
    const passed = (service('worker').environment ?? []).map((line) => line.split('=')[0]);
    const lacking = settings.filter((name) => !passed.includes(name) && !notForIt.includes(name));
    assert.deepEqual(lacking, []);
  });

  it('registers the six search attributes with their types, within what PostgreSQL visibility holds', () => {
    const script = compose.configs['namespace']?.content ?? '';
    const names = (type: string): string[] =>
      [...script.matchAll(new RegExp(`^register (\\w+) ${type}$`, 'gm'))]
        .map((match) => match[1] ?? '')
        .sort();
    assert.deepEqual(names('Keyword'), ['FernlakeDataset', 'FernlakeHour', 'FernlakeState']);
    assert.deepEqual(names('Int'), ['FernlakeMissing', 'FernlakeRecords', 'FernlakeRevision']);
  });

  it('has job scripts that a POSIX shell accepts', () => {
    for (const name of ['schema', 'namespace']) {
      const script = (compose.configs[name]?.content ?? '').replaceAll('$$', '$');
      const { status, output } = run('sh', ['-n', '-c', script]);
      assert.equal(status, 0, `${name}: ${output}`);
    }
  });
});
